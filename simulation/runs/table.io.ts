import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { InputError } from '../../core/errors.ts';
import type { Played } from './play.io.ts';

const counts = z.record(z.string(), z.number());
const shape = z.strictObject({
  /** Hours of a workload's life, summed over workloads and scenarios. */
  hours: z.number(),
  scenarios: z.number(),
  /** The first seed that was not played yet. */
  nextSeed: z.number(),
  /** Hours by how the work was measured. */
  measured: counts,
  /** Hours in which a class of faults ran, in which it was the only one, and in which two ran within five minutes. */
  classes: counts,
  alone: counts,
  pairs: counts,
  /** Scenarios by class in which it was the only one, and in which it ran with another within five minutes. */
  timesAlone: counts,
  timesPaired: counts,
  /** Violations by invariant, and the seeds that had any. */
  violations: counts,
  failingSeeds: z.array(z.number()),
});

/** What all runs over one file came to. */
export type Table = z.infer<typeof shape>;

export function emptyTable(firstSeed: number): Table {
  const played = { measured: {}, classes: {}, alone: {}, pairs: {}, timesAlone: {}, timesPaired: {} };
  return { hours: 0, scenarios: 0, nextSeed: firstSeed, ...played, violations: {}, failingSeeds: [] };
}

/** Adds a scenario's. */
export function addPlayed(table: Table, played: Played): void {
  const { hours, measured, classes, pairs, violations, seed } = played;
  table.hours += hours;
  add(table.measured, measured, hours);
  table.scenarios++;
  table.nextSeed = Math.max(table.nextSeed, seed + 1);
  for (const one of classes) add(table.classes, one, hours);
  if (classes.length === 1) {
    add(table.alone, classes[0]!, hours);
    add(table.timesAlone, classes[0]!, 1);
  }
  for (const pair of pairs) add(table.pairs, pair, hours);
  for (const one of new Set(pairs.flatMap((pair) => pair.split('+')))) add(table.timesPaired, one, 1);
  for (const { invariant } of violations) add(table.violations, invariant, 1);
  if (violations.length > 0) table.failingSeeds.push(seed);
}

/** @throws InputError where there is a file that is no such table */
export function readTable(path: string): Table | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return shape.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    throw new InputError(`${path}: expected a table that "simulate --table" wrote, or no file`);
  }
}

/** Whole or not at all. */
export function writeTable(path: string, table: Table): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(table, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** As text, for a person. */
export function tableText({ hours, scenarios, measured, classes, alone, pairs, violations }: Table): string {
  const list = (counted: Readonly<Record<string, number>>, unit: string) =>
    Object.entries(counted)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `  ${name.padEnd(28)} ${count}${unit}`);
  return [
    `simulated hours (hours of a workload's life): ${hours}, in ${scenarios} scenarios`,
    'measured by:',
    ...list(measured, ' h'),
    'fault classes:',
    ...list(classes, ' h'),
    'alone:',
    ...list(alone, ' h'),
    'in pairs within five minutes:',
    ...list(pairs, ' h'),
    Object.keys(violations).length === 0 ? 'no violation' : 'violations:',
    ...list(violations, ''),
  ].join('\n');
}

function add(counted: Record<string, number>, name: string, by: number): void {
  counted[name] = (counted[name] ?? 0) + by;
}
