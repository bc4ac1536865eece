import type { FleetAnswer } from '../api/answers.ts';
import { asksForToken, NOTHING, type Read, read } from './client.ts';
import { type Kept, usePolled } from './polled.tsx';
import type { Look } from './polling.ts';

const ROWS = 1_000;
const EVERY_SECONDS = 15;
const PATH = `/fleet?limit=${ROWS}`;

/** It stays while another page of ours is looked at. */
const newest: Kept<FleetAnswer> = { of: undefined, read: NOTHING };

/** The whole fleet, page by page. */
export function useFleet(): Read<FleetAnswer> {
  return usePolled(PATH, EVERY_SECONDS, lookAtAll, newest);
}

const lookAtAll: Look<FleetAnswer> = async (before, abort, show) => {
  const first = await read<FleetAnswer>(PATH, before, abort);
  if (first.status === 403) asksForToken.value = 'denied';
  if (first.problem !== undefined || !first.value) return first;
  // The first thousand at once where nothing is shown yet.
  if (before.value === undefined) show(first);
  const known = before.value === undefined ? first : before;
  const rows = [...first.value.rows];
  let { next } = first.value;
  while (next !== null) {
    const path = `${PATH}&cursor=${encodeURIComponent(next)}`;
    const page = await read<FleetAnswer>(path, { ...before, value: undefined }, abort);
    // Where one fails, what was known stays.
    if (!page.value) return { ...page, value: known.value, atSeconds: known.atSeconds };
    rows.push(...page.value.rows);
    next = page.value.next;
  }
  return { ...first, value: { ...first.value, rows, next: null } };
};
