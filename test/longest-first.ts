import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Stories that take minutes by the clock, the longest first. */
const LONGEST = [
  'cluster/opting',
  'cluster/closed-loop',
  'faults/lies',
  'faults/roles',
  'faults/forecasters',
  'cluster/take-over',
  'cluster/faults',
  'cluster/simulation-agrees',
  'cluster/pods-refused',
  'cluster/ahead-of-time',
  'cluster/size',
  'cluster/own-history',
  'cluster/chart',
  'cluster/chart-gitops',
];

/** Where several files run at once, a long one that begins last would be waited for alone. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
