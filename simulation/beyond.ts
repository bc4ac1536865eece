import type { OrdinaryTest } from './mutations.ts';

/** An old mistake in what a simulation has not: real answers, opting out, other containers, Events that somebody reads. */
export interface Beyond {
  readonly what: string;
  readonly test: OrdinaryTest;
}

/** Each was put back by hand once, and that test failed. */
export const BEYOND: readonly Beyond[] = [
  {
    what: 'a container without a request is counted as if it had one',
    test: {
      file: 'addon/engine/pod-capacity.test.ts',
      title: 'is no number where a container of a Ready pod has no request, in the HPA’s words',
    },
  },
  {
    what: 'a lead time that nobody measured is that of the middle of all workloads',
    test: {
      file: 'collector/startup/borrowing.test.ts',
      title: 'is what nine workloads in ten are quicker than, each counted once',
    },
  },
  {
    what: 'an answer of a part of the storage is taken for the whole',
    test: { file: 'collector/prometheus/range-source.test.ts', title: 'part of VictoriaMetrics’ storage' },
  },
  {
    what: 'what is stored of workloads that opted out while the store could not be written stays',
    test: {
      file: 'addon/reconcile-stored.test.ts',
      title: '195 opt out while the store can not be written: nothing of them is left ten seconds after it can',
    },
  },
  {
    what: 'a process whose clock is wrong does not find that out',
    test: {
      file: 'core/clock-check.test.ts',
      title: 'that is 90 s ahead of Redis and of Prometheus is said with both',
    },
  },
  {
    what: 'no Event says what keeps pods from being created or from starting',
    test: {
      file: 'addon/engine/pods-that-cannot-be.test.ts',
      title:
        'of a need of 22 lets 13 be: no more is asked for, it is said in its words, and once it is raised all come',
    },
  },
];
