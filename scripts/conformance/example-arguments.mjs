// Arguments that a tool's schema allows.

const EXAMPLES = { string: 'example', number: 2, integer: 2, boolean: true, array: [], object: {} };

export function exampleArguments(schema) {
  const properties = Object.entries(schema?.properties ?? {});
  return Object.fromEntries(properties.map(([name, { type, enum: choices, default: given }]) => [name, given ?? choices?.[0] ?? EXAMPLES[type]]));
}
