'use strict';
// The lists that a server has, and what makes them stale. The same table as `src/mcp/list_kind.rs`.

/** Method → field of the result, and the capability whose `listChanged` says that changes are told. */
const LISTS = {
  'tools/list': { field: 'tools', capability: 'tools' },
  'resources/list': { field: 'resources', capability: 'resources' },
  'resources/templates/list': { field: 'resourceTemplates', capability: 'resources' },
  'prompts/list': { field: 'prompts', capability: 'prompts' },
};

/** Notification → methods. */
const CHANGES = {
  'notifications/tools/list_changed': ['tools/list'],
  'notifications/resources/list_changed': ['resources/list', 'resources/templates/list'],
  'notifications/prompts/list_changed': ['prompts/list'],
};

/** Whether a request asks for a whole list: a cursor or a `_meta` makes it a question of its own. */
const asksForList = (method, params) => Object.hasOwn(LISTS, method) && Object.keys(params ?? {}).length === 0;

const changedBy = (notification) => (Object.hasOwn(CHANGES, notification) ? CHANGES[notification] : []);

module.exports = { LISTS, asksForList, changedBy };
