// The rows of one bench: a number of ours, a peer's beside it, the goal, and whether it holds. Owns how they are judged and printed.
import { appendFileSync } from 'node:fs';

export class Table {
  #rows = [];

  constructor(title) {
    this.title = title;
  }

  /**
   * Ours as a share of a peer's.
   * @param {string} what the subject
   * @param {{ours: number, peer: number, peerName: string, unit: string, atMost?: number, atLeast?: number}} row bounds of `ours / peer`
   */
  ratio(what, { ours, peer, peerName, unit, atMost, atLeast }) {
    this.#add({ what, ours, peer, peerName, unit, goal: goal(atMost, atLeast, `× ${peerName}`), holds: keeps(ours / peer, atMost, atLeast) });
  }

  /**
   * Ours against a fixed bound; a peer is only told beside it.
   * @param {string} what the subject
   * @param {{ours: number, unit: string, atMost: number, peer?: number, peerName?: string}} row
   */
  limit(what, { ours, unit, atMost, peer, peerName = '' }) {
    this.#add({ what, ours, peer, peerName, unit, goal: goal(atMost, undefined, unit), holds: keeps(ours, atMost) });
  }

  /**
   * A number without a goal, told because it explains another.
   * @param {string} what the subject
   * @param {{ours: number, unit: string, peer?: number, peerName?: string}} row
   */
  told(what, { ours, unit, peer, peerName = '' }) {
    this.#add({ what, ours, peer, peerName, unit, goal: '', holds: null });
  }

  #add(row) {
    this.#rows.push(row);
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${cells(row).join('  ')}\n`);
  }

  /** To whoever runs all benches, else to stdout. */
  print() {
    const { PROCMAN_BENCH_OUT: file } = process.env;
    if (file) appendFileSync(file, `${JSON.stringify({ title: this.title, rows: this.#rows })}\n`);
    else process.stdout.write(markdown(this.title, this.#rows));
  }
}

const keeps = (value, atMost = Infinity, atLeast = -Infinity) => value <= atMost && value >= atLeast;

const goal = (atMost, atLeast, unit) => (atMost === undefined ? `≥ ${atLeast} ${unit}` : `≤ ${atMost} ${unit}`);

/** A section of a page. */
export function markdown(title, rows) {
  const lines = [['what', 'procman', 'peer', 'ratio', 'goal', 'holds'], Array(6).fill('---'), ...rows.map(cells)];
  return `## ${title}\n\n${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`;
}

function cells({ what, ours, peer, peerName, unit, goal: bound, holds }) {
  const hasPeer = Number.isFinite(peer);
  const beside = hasPeer ? `${peerName} ${format(peer)} ${unit}` : '–';
  const verdict = holds === null ? '–' : holds ? 'yes' : '**no**';
  return [what, `${format(ours)} ${unit}`, beside, hasPeer ? `${format(ours / peer)} ×` : '–', bound || '–', verdict];
}

function format(value) {
  if (!Number.isFinite(value)) return '–';
  const magnitude = Math.abs(value);
  if (magnitude >= 1000) return Math.round(value).toLocaleString('en-US');
  if (magnitude >= 100 || Number.isInteger(value)) return value.toFixed(0);
  return magnitude >= 1 ? value.toFixed(1) : value.toPrecision(2);
}
