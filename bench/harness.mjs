// Rounds and medians. Owns how a number is made; knows no subject of a measurement.
import { readFileSync } from 'node:fs';

/** How often everything is measured: `npm run bench -- --rounds N`. */
export const ROUNDS = Number(process.env.PROCMAN_BENCH_ROUNDS ?? 5);

export const percentile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
};

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/**
 * Runs every contender once a round, so that a noisy minute hits them all; each comes first in its turn.
 * @template T
 * @param {Record<string, () => T | Promise<T>>} contenders name → one measurement
 * @returns {Promise<Record<string, T[]>>} name → one value a round
 */
export async function sample(contenders, rounds = ROUNDS) {
  const names = Object.keys(contenders);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) samples[name].push(await contenders[name]());
    names.push(names.shift());
  }
  return samples;
}

/**
 * @param {Record<string, () => number | Promise<number>>} contenders name → one measurement
 * @returns {Promise<Record<string, number>>} name → median over the rounds
 */
export async function compare(contenders, rounds = ROUNDS) {
  const samples = await sample(contenders, rounds);
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)]));
}

/** CPU microseconds of this process's first thread, from the kernel: `process.cpuUsage()` counts helper threads too. */
export function mainThreadCpu() {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;
}
