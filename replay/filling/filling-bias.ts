/** How far a policy's replays of thinned loads were from those of the full ones. */
export interface PolicyBias {
  /** Pod-hours, shares of the full replay's, in either direction: median and largest of all loads. */
  readonly costMedianOff: number;
  readonly costMostOff: number;
  /** Share of the loads whose unmet demand was within a factor of two, and the largest factor. */
  readonly unmetWithinTwo: number;
  readonly unmetMostOff: number;
}

export interface FillingBias {
  readonly stepSeconds: number;
  readonly loads: number;
  readonly hpa: PolicyBias;
  readonly predictive: PolicyBias;
}

/** What `npm run bench -- coarse` said of the default filling (benchmarks/results/coarse.json; a test compares them). Finest step first. */
export const FILLING_BIAS: readonly FillingBias[] = [
  {
    stepSeconds: 300,
    loads: 17,
    hpa: { costMedianOff: 0.0037, costMostOff: 0.0204, unmetWithinTwo: 0.88, unmetMostOff: 2.9 },
    predictive: { costMedianOff: 0.0071, costMostOff: 0.1043, unmetWithinTwo: 0.88, unmetMostOff: 5.2 },
  },
  {
    stepSeconds: 600,
    loads: 17,
    hpa: { costMedianOff: 0.0086, costMostOff: 0.0321, unmetWithinTwo: 0.76, unmetMostOff: 8.8 },
    predictive: { costMedianOff: 0.0078, costMostOff: 0.1926, unmetWithinTwo: 0.88, unmetMostOff: 9.7 },
  },
  {
    stepSeconds: 1800,
    loads: 17,
    hpa: { costMedianOff: 0.0197, costMostOff: 0.1158, unmetWithinTwo: 0.76, unmetMostOff: 73.2 },
    predictive: { costMedianOff: 0.0214, costMostOff: 0.1651, unmetWithinTwo: 0.47, unmetMostOff: 20.6 },
  },
];
