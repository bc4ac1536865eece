import { describe, expect, it } from 'vitest';
import { parseHpaManifest } from '../../replay/hpa-manifest/hpa-manifest.ts';
import { manifestHpa } from '../../replay/policies/hpa.ts';
import { exampleWhatIfTask } from '../../test/example-what-if.ts';
import { decodeTask, encodeTask } from './task-text.ts';

const MANIFEST = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec:
  maxReplicas: 8
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  behavior: { scaleUp: { selectPolicy: Disabled } }
`;

describe('a task as text', () => {
  it('comes back as it was', () => {
    const task = exampleWhatIfTask({ price: 0.05 });
    expect(decodeTask(encodeTask(task))).toEqual(task);
    const rule = manifestHpa(parseHpaManifest(MANIFEST, 'hpa.yaml'), 2, { min: 0, max: Number.MAX_SAFE_INTEGER });
    const own = {
      ...task,
      hpaMetric: { index: 1, name: 'cpu' },
      hpa: { ...task.hpa, object: 'shop/web', rule, metric: 1 },
    };
    expect(decodeTask(encodeTask(own))).toEqual(own);
  });

  it('is refused in words where it is something else', () => {
    expect(() => decodeTask('{')).toThrow('the question: found no JSON');
    expect(() => decodeTask('{}')).toThrow(/^the question is not of this version \(key: /);
    const text = encodeTask(exampleWhatIfTask());
    expect(() => decodeTask(text.replace('"podCapacity":110', '"podCapacity":0'))).toThrow('podCapacity');
    expect(() => decodeTask(text.replace('"max":40', '"max":1e12'))).toThrow(/max/);
    expect(() => decodeTask(text.padEnd(200_000))).toThrow('expected at most 100000');
  });
});
