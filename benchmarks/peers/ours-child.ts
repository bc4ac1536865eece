import { readFileSync, writeSync } from 'node:fs';
import type { Work } from './answers.ts';
import { OURS } from './ours.ts';

/** Runs one of ours over all jobs in a process of its own, as the peers are: `METHOD JOBS.json`, answers on standard output, one a line. */
const [name, file] = process.argv.slice(2);
const work = JSON.parse(readFileSync(file!, 'utf8')) as Work;
const warmUp: Work = { ...work, jobs: work.jobs.slice(0, 1) };
for (const _ of OURS[name!]!(warmUp)) break;
for (const answer of OURS[name!]!(work)) tell(answer);
tell({ peakBytes: process.resourceUsage().maxRSS * 1_024 });

function tell(answer: object): void {
  let rest = Buffer.from(`${JSON.stringify(answer)}\n`);
  while (rest.length > 0) rest = rest.subarray(writeSync(1, rest));
}
