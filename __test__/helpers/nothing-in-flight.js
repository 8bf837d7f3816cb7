'use strict';

const { getActiveProcesses, getSemaphoreStatus } = require('../../index.js');

/** After each test of a file: no call is left, and no slot taken. */
function nothingInFlightAfterEach(test) {
  test.afterEach((t) => {
    t.deepEqual(getActiveProcesses(), []);
    t.is(getSemaphoreStatus().current, 0);
  });
}

module.exports = { nothingInFlightAfterEach };
