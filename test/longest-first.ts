import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Stories that take five minutes or more by the clock, the longest first. */
const LONGEST = [
  'cluster/opting',
  'cluster/closed-loop',
  'faults/forecasters',
  'faults/roles',
  'cluster/take-over',
  'cluster/faults',
  'cluster/pods-refused',
  'faults/lies',
  'cluster/ahead-of-time',
  'cluster/size',
  'cluster/chart',
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
