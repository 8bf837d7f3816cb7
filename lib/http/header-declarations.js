'use strict';
// Which arguments of a tool become headers of its calls: `x-mcp-header` in its input schema (2026-07-28). Pure.

const KEYWORD = 'x-mcp-header';
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const TYPES = new Set(['string', 'integer', 'boolean']);

/** Keywords of JSON Schema that hold schemas, under which no argument has one certain place … */
const SCHEMAS = ['items', 'contains', 'additionalProperties', 'unevaluatedProperties', 'unevaluatedItems', 'propertyNames', 'not', 'if', 'then', 'else', 'contentSchema'];
/** … that hold several, … */
const LISTS = ['prefixItems', 'items', 'oneOf', 'anyOf', 'allOf'];
/** … and that hold some by name. */
const NAMED = ['patternProperties', 'dependentSchemas', '$defs', 'definitions'];

/** A declaration that makes its tool invalid. */
class Fault extends Error {}

/**
 * @typedef {{path: string[], name: string}} Declaration where the argument is, and what its header is called
 * @param {unknown} schema the input schema of a tool
 * @returns {{declarations?: Declaration[], fault?: string}} `fault`: such a tool must not be offered
 */
function headerDeclarations(schema) {
  const declarations = [];
  try {
    visit(schema, [], true, declarations);
    return { declarations };
  } catch (error) {
    if (error instanceof Fault) return { fault: error.message };
    throw error;
  }
}

/** `certain`: only properties lead from the root to here. */
function visit(schema, path, certain, found) {
  if (!isObject(schema)) return;
  if (Object.hasOwn(schema, KEYWORD)) found.push(declaration(schema, path, certain, found));
  for (const [name, property] of entries(schema.properties)) visit(property, [...path, name], certain, found);
  for (const below of otherSchemas(schema)) visit(below, [...path, '…'], false, found);
}

function otherSchemas(schema) {
  const lists = LISTS.flatMap((keyword) => (Array.isArray(schema[keyword]) ? schema[keyword] : []));
  const named = NAMED.flatMap((keyword) => entries(schema[keyword]).map(([, below]) => below));
  return [...SCHEMAS.map((keyword) => schema[keyword]), ...lists, ...named];
}

function declaration({ [KEYWORD]: name, type }, path, certain, others) {
  const where = path.join('.') || 'the root';
  if (!certain || path.length === 0) throw new Fault(`${where}: ${KEYWORD} may stand on properties of properties only`);
  if (typeof name !== 'string' || !TOKEN.test(name)) throw new Fault(`${where}: ${KEYWORD} ${JSON.stringify(name)} is no name of a header`);
  if (!TYPES.has(type)) throw new Fault(`${where}: ${KEYWORD} needs the type string, integer or boolean, and it has ${JSON.stringify(type) ?? 'none'}`);
  if (others.some((other) => other.name.toLowerCase() === name.toLowerCase())) throw new Fault(`${where}: ${KEYWORD} '${name}' is declared twice`);
  return { path, name };
}

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const entries = (value) => (isObject(value) ? Object.entries(value) : []);

module.exports = { headerDeclarations };
