import type { Glossary } from './terms.ts';

export const enGlossary = {
  slo: {
    name: 'SLO',
    meaning: 'Service level objective: the share of demand that must find a Ready pod over the replayed span.',
  },
  served: {
    name: 'Demand served',
    meaning:
      'The share of all demand that found a Ready pod. Demand above the capacity of the Ready pods counts as unmet.',
  },
  'error-budget': {
    name: 'Error budget',
    meaning: 'The demand that may go unmet without breaking the SLO: 0.01 % of it for an SLO of 99.99 %.',
  },
  'under-provisioned': {
    name: 'Under-provisioned time',
    meaning: 'The time during which demand was above the capacity of the Ready pods, however little.',
  },
  'pod-starts': {
    name: 'Pod starts a day',
    meaning:
      'How many pods the policy created a day. Each start costs image pulls, warm-up, cold caches and a change at the load balancer.',
  },
  'start-cost': {
    name: 'Start cost',
    meaning: 'What a pod start counts as in every comparison, in time of a running pod. The bill does not contain it.',
  },
  saturation: {
    name: 'Saturation',
    meaning:
      'Demand ÷ capacity of the Ready pods. p95 and p99: the value that 95 % and 99 % of the time does not exceed. Above 100 % demand goes unmet.',
  },
  'ready-ahead': {
    name: 'Ready ahead',
    meaning:
      'The median time by which pods were Ready before the demand that needed them. Negative: they came after it.',
  },
  'pod-hours': {
    name: 'Pod-hours',
    meaning: 'The sum over all pods of the time from creation to removal, Ready or not: what the bill is made of.',
  },
  oracle: {
    name: 'Oracle',
    meaning:
      'A policy that knows the future demand and each pod’s start-up time. Nobody can run it; it is the floor under every cost.',
  },
  baseline: {
    name: 'Baseline',
    meaning: 'A policy that could be run instead: the HPA, a tuned HPA, CronHPA or a fixed number of replicas.',
  },
  hpa: {
    name: 'HPA',
    meaning: 'The Kubernetes Horizontal Pod Autoscaler: replicas from the utilisation that is observed now.',
  },
  'hpa-tuned': {
    name: 'Tuned HPA',
    meaning:
      'The HPA with the target and the scale-down window that turned out best on this very load. Nobody has that choice in advance.',
  },
  cron: {
    name: 'CronHPA',
    meaning: 'Replicas by the clock: for each hour of the week the largest need that the history had.',
  },
  window: {
    name: 'Scale-down window',
    meaning: 'The HPA scales down to the largest recommendation of this window (stabilizationWindowSeconds).',
  },
  'pod-capacity': {
    name: 'Capacity of a pod',
    meaning: 'The demand that one Ready pod serves within its service objective, in the unit of the trace.',
  },
  startup: {
    name: 'Start-up time',
    meaning:
      'From the creation of a pod until it is Ready: scheduling, image pull, start of the containers, readiness. p90: nine of ten pods are faster.',
  },
  'lead-time': {
    name: 'Lead time',
    meaning: 'How far ahead a decision must look: the start-up time of a pod and the delay of the observation.',
  },
  'sync-period': {
    name: 'Sync period',
    meaning: 'The time between two decisions: 15 s, as in the HPA.',
  },
  quantile: {
    name: 'Forecast quantile',
    meaning: 'The value that demand stays under with this probability. The median is the 50 % quantile.',
  },
  wape: {
    name: 'WAPE',
    meaning: 'Weighted absolute percentage error: the sum of all errors ÷ the sum of all demand.',
  },
  wql: {
    name: 'Weighted quantile loss',
    meaning: 'How good the forecast quantiles are, relative to the demand; 0 is perfect.',
  },
  coverage: {
    name: 'Coverage',
    meaning: 'How much of the demand stayed under the 95 % quantile. A calibrated forecast has 95 %.',
  },
  period: {
    name: 'Period',
    meaning: 'The time after which the load repeats itself, such as a day or a week.',
  },
  observation: {
    name: 'Observation model',
    meaning:
      'What a policy sees of the demand: what Prometheus would have answered at that time, with its scrape interval and its window.',
  },
  filling: {
    name: 'Filling',
    meaning:
      'How the demand between two samples of a coarse trace was made, so that no policy can read the next sample from a straight line.',
  },
  resident: {
    name: 'Resident nodes',
    meaning: 'Instances that are paid for around the clock. They are cheaper by the hour and cost as much when idle.',
  },
  elastic: {
    name: 'Elastic pods',
    meaning: 'Pods without a node of one’s own, billed from creation to removal.',
  },
  'break-even': {
    name: 'Break-even',
    meaning: 'The hours a day above which a pod is cheaper on resident nodes.',
  },
  extrapolation: {
    name: 'Extrapolation',
    meaning: 'The cost of the replayed days, as if every day of the month or year were like them.',
  },
} satisfies Glossary;
