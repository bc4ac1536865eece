import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { PodFeed } from '../pod-watch/pod-feed.ts';
import { StartupSketches } from '../startup/sketches.ts';
import { StartupTracker } from '../startup/tracker.ts';
import { PodIndex } from './pod-index.ts';
import type { RawPod } from './raw-pod.ts';

const START = 1_772_000_000;
const PODS = 4_000;

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** A pod as it comes over the wire: its own strings, parsed, with an environment of 4 kB. */
function parsed(i: number): RawPod {
  const created = new Date((START + (i % 3600)) * 1000).toISOString();
  const ready = new Date((START + (i % 3600) + 9) * 1000).toISOString();
  const env = Array.from({ length: 50 }, (_, n) => ({ name: `VARIABLE_${n}`, value: `${'v'.repeat(60)}${i}` }));
  const text = JSON.stringify({
    metadata: {
      ...{
        name: `web-6d4cf56db6-${i}`,
        namespace: 'shop',
        uid: `5e0b6b0e-1f0c-4a27-9a6f-${String(i).padStart(12, '0')}`,
      },
      creationTimestamp: created,
      labels: { app: `web-${i % 20}`, 'pod-template-hash': '6d4cf56db6' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `web-${i % 20}-6d4cf56db6`, uid: 'u', controller: true },
      ],
    },
    spec: {
      nodeName: `node-${i % 100}`,
      containers: [{ name: 'web', env, resources: { requests: { cpu: '500m', memory: '1Gi' } } }],
    },
    status: {
      phase: 'Running',
      startTime: created,
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: ready }],
    },
  });
  return JSON.parse(text) as RawPod;
}

describe('memory', () => {
  it('is less than a kilobyte a pod, whatever its spec holds, and goes with the pods', () => {
    const feed = new PodFeed(new PodIndex(), new StartupTracker(new StartupSketches(START)), () => START + 7200);
    for (let i = 0; i < 20; i++) {
      const workload = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: `web-${i}` };
      feed.index.register(workload, `app=web-${i}`);
    }
    for (let i = 0; i < 100; i++) feed.pod(parsed(i));
    const before = heapBytes();
    for (let i = 100; i < PODS; i++) feed.pod(parsed(i));
    feed.settle();
    const perPod = (heapBytes() - before) / PODS;
    expect(feed.index.size).toBe(PODS);
    expect(perPod).toBeGreaterThan(100);
    expect(perPod).toBeLessThan(1000);
    for (let i = 100; i < PODS; i++) feed.podGone(`5e0b6b0e-1f0c-4a27-9a6f-${String(i).padStart(12, '0')}`);
    console.log(`${Math.round(perPod)} bytes a pod, ${Math.round((heapBytes() - before) / PODS)} after they went`);
    expect((heapBytes() - before) / PODS).toBeLessThan(100);
  });
});
