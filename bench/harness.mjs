// Rounds, medians and the table. Owns how a number is made; knows no subject of a measurement.
import { writeFileSync } from 'node:fs';

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

export const percentile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
};

/**
 * Runs every contender once a round, in turn, so that a noisy minute hits them all.
 * @param {Record<string, () => Promise<number>>} contenders name → one measurement
 * @returns {Promise<Record<string, number>>} name → median over the rounds
 */
export async function compare(contenders, rounds = 5) {
  const samples = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) samples[name].push(await run());
  }
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)]));
}

/** Collects rows of one bench and prints them as a Markdown table. */
export class Table {
  #rows = [];

  constructor(title) {
    this.title = title;
  }

  /**
   * @param {string} what the subject
   * @param {{ours: number, peer: number, peerName: string, unit: string, goal: string, holds: boolean}} row
   */
  add(what, { ours, peer, peerName, unit, goal, holds }) {
    const ratio = peer ? ours / peer : NaN;
    this.#rows.push({ what, ours, peer, peerName, unit, ratio, goal, holds });
    process.stderr.write(`${holds ? 'ok  ' : 'MISS'} ${what}: ${format(ours)} ${unit} (${peerName} ${format(peer)}, ratio ${format(ratio)}, goal ${goal})\n`);
  }

  markdown() {
    const head = `### ${this.title}\n\n| what | procman | peer | ratio | goal | holds |\n|---|---|---|---|---|---|\n`;
    return head + this.#rows.map(markdownRow).join('\n') + '\n';
  }

  print() {
    process.stdout.write(`\n${this.markdown()}`);
    if (process.env.PROCMAN_BENCH_OUT) writeFileSync(process.env.PROCMAN_BENCH_OUT, this.markdown(), { flag: 'a' });
  }
}

const markdownRow = (row) =>
  `| ${row.what} | ${format(row.ours)} ${row.unit} | ${row.peerName} ${Number.isNaN(row.peer) ? '' : `${format(row.peer)} ${row.unit}`} | ${Number.isNaN(row.ratio) ? '–' : `${format(row.ratio)} ×`} | ${row.goal} | ${row.holds ? 'yes' : '**no**'} |`;

const format = (value) => {
  if (!Number.isFinite(value)) return '–';
  const magnitude = Math.abs(value);
  if (magnitude >= 1000) return Math.round(value).toLocaleString('en-US');
  return magnitude >= 100 ? value.toFixed(0) : magnitude >= 1 ? value.toFixed(1) : value.toPrecision(2);
};
