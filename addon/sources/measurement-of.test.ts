import { expect, it } from 'vitest';
import type { MetricRef } from '../../core/policy/policy.ts';
import { addonConfig } from '../config/config.ts';
import { measurementOf } from './measurement-of.ts';

const config = addonConfig(
  {
    prometheus: {
      templates: {
        http: { query: 'sum(rate(requests_total[1m]))' },
        recorded: { query: 'sum(job:requests:rate1m)' },
        said: { query: 'sum(job:requests:rate1m)', kind: 'rate', window: '60s' },
        queue: { query: 'sum(queue_length)' },
      },
    },
  },
  'config.yaml',
);
const template = (name: string): MetricRef => ({ kind: 'template', template: name, args: {} });

it.each<[string, MetricRef, object]>([
  ['cpu: the rate of a minute', { kind: 'resource', resource: 'cpu' }, { kind: 'rate', windowSeconds: 60 }],
  ['memory: the mean of a minute', { kind: 'resource', resource: 'memory' }, { kind: 'gauge', windowSeconds: 60 }],
  ['a template as its query says', template('http'), { kind: 'rate', windowSeconds: 60 }],
  ['a queue: its newest sample', template('queue'), { kind: 'gauge', windowSeconds: 0 }],
  ['a recording rule: nobody knows', template('recorded'), { kind: 'unknown' }],
  ['a recording rule of which it is said', template('said'), { kind: 'rate', windowSeconds: 60 }],
  ['a template that is gone', template('none'), { kind: 'unknown' }],
  ['a raw query', { kind: 'query', query: 'rate(x[5m])' }, { kind: 'rate', windowSeconds: 300 }],
])('%s', (_, metric, measurement) => {
  expect(measurementOf(metric, config)).toEqual(measurement);
});
