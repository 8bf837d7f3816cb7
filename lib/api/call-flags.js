'use strict';

/** Bits of the engine's `callRoute` and `callBegin`; `src/binding/calls.rs` reads the same. */
const FLAGS = { tool: 1, annotated: 2, resetOnProgress: 4, wantsProgress: 8, render: 16, holdsSlot: 32, hold: 64, takesInput: 128 };

/**
 * Those that do not change between the tries of a call.
 * @param {{tool: boolean, render: boolean}} question
 * @param {object} options from callOptions()
 */
function routeFlags({ tool, render }, { annotated, resetOnProgress, onProgress, onInputRequired }) {
  return (
    (tool ? FLAGS.tool : 0) |
    (render ? FLAGS.render : 0) |
    (annotated ? FLAGS.annotated : 0) |
    (resetOnProgress ? FLAGS.resetOnProgress : 0) |
    (onProgress === undefined ? 0 : FLAGS.wantsProgress) |
    (onInputRequired === undefined ? 0 : FLAGS.takesInput)
  );
}

module.exports = { FLAGS, routeFlags };
