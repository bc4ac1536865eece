import { describe, expect, it } from 'vitest';
import type { ScalingPolicy } from '../../actuator/scaler/scaling-policy.ts';
import { jobProblem } from './job-problem.ts';
import type { RefitJob } from './refit-job.ts';

/** Whatever a workload can ask for: a field that a policy gets is one here, or this does not compile. */
const POLICY: Required<ScalingPolicy> = {
  podCapacity: 10,
  unmetTargetBp: 1,
  min: 1,
  max: 60,
  mode: 'auto',
  youngTarget: 0.7,
  leastStabilizationTicks: 20,
  startCostSeconds: 900,
  measurement: { kind: 'rate', windowSeconds: 60 },
  calendarNames: { timeZone: 'Europe/Berlin', holidays: 'DE-BY' },
};

const JOB: Required<RefitJob> = {
  policy: POLICY,
  startup: { kind: 'measured', seconds: [1, 2] },
  leadTimeSeconds: 20,
  seed: 1,
  aimBp: 'fresh',
  aheadTicks: 480,
  holidayDays: [20_812, 20_813],
};

describe('a job', () => {
  it('with all that there is to ask for is carried out, also after a queue made it text', () => {
    expect(jobProblem(JOB)).toBeUndefined();
    expect(jobProblem(JSON.parse(JSON.stringify(JOB)))).toBeUndefined();
  });

  it.each([
    [
      { ...POLICY, calendarNames: { timeZone: 'Mars/Olympus' } },
      'policy: "Mars/Olympus" found, an IANA time zone expected',
    ],
    [{ ...POLICY, calendarNames: {} }, 'policy.calendarNames.timeZone: '],
    [{ ...POLICY, startCostSeconds: -1 }, 'policy: -1 found, '],
    [{ ...POLICY, colour: 'red' }, 'policy: '],
  ])('with a policy that none is, is not: %o', (policy, words) => {
    expect(jobProblem({ ...JOB, policy })).toContain(words);
  });

  it('with thousands of holidays is not', () => {
    expect(jobProblem({ ...JOB, holidayDays: new Array(1_000).fill(1) })).toMatch(/^holidayDays: /);
  });
});
