import type { WhatIfAnswer } from '../console/api/what-if.ts';
import type { WhatIfTask, WhatIfWork } from '../console/what-if/what-if-task.ts';
import { defaultHpa } from '../replay/policies/hpa.ts';

const ASKED = {
  sloPercent: 99.99,
  startupSeconds: 90,
  min: 2,
  max: 40,
  startCostSeconds: 300,
  price: null,
  podCapacity: 110,
};
const START = 1_772_409_600;

/** An answer, whole but for what is said otherwise. */
export function exampleWhatIf(changes: Partial<WhatIfAnswer> = {}): WhatIfAnswer {
  return {
    fromSeconds: START,
    toSeconds: START + 86_400,
    asked: ASKED,
    hpa: {
      ...{ source: 'default', object: null, target: '70 % of what one pod serves', targetShare: 0.7, note: '' },
      ...{ windowSeconds: 300, min: 2, max: 40 },
    },
    policies: [],
    pending: [],
    leftOut: ['neural'],
    annotate: 'kubectl -n shop annotate --overwrite deployment/web prescale.dev/enabled=true',
    ...changes,
  };
}

/** As of shop/web by its requests, against the default HPA. */
export function exampleWhatIfTask(asked: Partial<WhatIfTask['asked']> = {}): WhatIfTask {
  return {
    key: 'shop/Deployment/web',
    podCapacity: 110,
    metric: { index: 0, name: 'http-requests' },
    hpaMetric: null,
    hpa: {
      ...{ source: 'default', name: 'the default HPA', note: '', object: null, target: '70 % of what one pod serves' },
      ...{ rule: defaultHpa(1, 0.7, 300, { min: 2, max: 40 }), metric: undefined },
    },
    asked: { ...ASKED, ...asked },
    leastStabilizationTicks: null,
    startupRatio: 0.7,
    leftOut: ['neural'],
    annotate: null,
  };
}

/** Days with the same wave, by the minute. */
export function exampleDemand(days: number) {
  const values = Float64Array.from({ length: days * 1_440 }, (_, i) => 500 + 400 * Math.sin((i / 1_440) * 2 * Math.PI));
  return { startSeconds: START, stepSeconds: 60, values };
}

export function exampleWhatIfWork(days: number, asked: Partial<WhatIfTask['asked']> = {}): WhatIfWork {
  const { startSeconds, values } = exampleDemand(days);
  const times = Float64Array.from(values, (_, i) => startSeconds + i * 60);
  return { task: exampleWhatIfTask(asked), samples: { times, values }, hpaSamples: null };
}
