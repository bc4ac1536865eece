import type { HpaBehavior, ScalingRules } from '../../actuator/scaler/hpa-behavior.ts';
import { targetShare } from '../policies/hpa.ts';
import type { HpaFacts } from '../result.ts';
import type { HpaManifest } from './hpa-manifest.ts';

/** What a report says of the manifest that `hpa` was read from. */
export function hpaFacts(manifest: HpaManifest, podCapacity: number): HpaFacts {
  const { source, name, min, max, metric } = manifest;
  const reading = [measured(manifest, podCapacity), counted(manifest), behaves(manifest.behavior)].join(' ');
  return { source, name, metric: metric.words, min, max, reading };
}

function measured(manifest: HpaManifest, podCapacity: number): string {
  const { target } = manifest.metric;
  if ('share' in target)
    return 'A pod that serves its pod capacity is taken to use its whole request, and one that serves nothing to use none of it.';
  const share = Number((100 * targetShare(manifest, podCapacity)).toPrecision(3));
  return `Its metric is taken for the load of the trace, in the same unit: ${target.text} a pod is ${share} % of the pod capacity.`;
}

function counted({ metric: { counts } }: HpaManifest): string {
  return counts === 'ready'
    ? 'It is measured at the Ready pods; pods that start count as idle when more are needed.'
    : 'It belongs to no pod: the load is divided by all pods, Ready or not.';
}

function behaves(behavior: HpaBehavior | undefined): string {
  if (behavior === undefined)
    return 'It has no behavior: at most twice the pods, or 4, at a time; down to the largest recommendation of 300 s; tolerance 10 %.';
  return `Up: ${rules(behavior.scaleUp)}. Down: ${rules(behavior.scaleDown)}.`;
}

function rules({ select, policies, stabilizationSeconds, tolerance }: ScalingRules): string {
  if (select === 'Disabled') return 'disabled';
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const most = type === 'Percent' ? `${value} %` : `${value} ${value === 1 ? 'pod' : 'pods'}`;
    return `${most} in ${periodSeconds} s`;
  });
  const limit =
    limits.length === 1 ? limits[0] : `the ${select === 'Max' ? 'largest' : 'smallest'} of ${limits.join(', ')}`;
  return `at most ${limit}, window ${stabilizationSeconds} s, tolerance ${Number((100 * tolerance).toPrecision(3))} %`;
}
