// The page of one run: where and how it was measured, then the tables.
import { cpus, release } from 'node:os';

import { markdown } from './table.mjs';

/**
 * @param {{title: string, rows: object[]}[]} tables
 * @param {number} rounds
 * @param {number[]} load the three averages before the first bench; one of them starts thousands of processes
 */
export function page(tables, rounds, load) {
  return [head(rounds, load), ...tables.map(({ title, rows }) => markdown(title, rows))].join('\n');
}

function head(rounds, load) {
  const processors = cpus();
  return `# Benchmarks

Written by \`npm run bench -- --rounds ${rounds}\`, which builds, measures and replaces this page; \`npm run bench -- calls cold\` prints those two only.

- ${new Date().toISOString().slice(0, 10)}: ${processors.length} × ${processors[0].model}, Linux ${release()}, Node.js ${process.version.slice(1)};
  load over 1, 5 and 15 minutes at the beginning ${load.map((value) => value.toFixed(1)).join(', ')}. Absolute numbers are those of this machine under this load; ratios carry further.
- Medians over ${rounds} rounds. In each round every contender runs once, in turn. Percentiles are over the samples of all rounds.
- "–" in the last columns: told because it explains another row, without a goal of its own.
- Fast server: \`tests/programs/echo_server.rs\`, so that the client is what is measured. How: the head of each \`bench/*.bench.mjs\`.
`;
}
