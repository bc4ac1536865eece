import { type Command, classOf, type Scenario, type WorkloadPlan } from './scenarios/scenario.ts';
import { timeText } from './timeline.ts';

/** A scenario as a person reads it: what runs, what is asked of it, what happens when. */
export function storyText(scenario: Scenario): string {
  const { mode, workloads, commands, history, measured } = scenario;
  const lines = [
    `${mode === 'one' ? 'one process, two replicas' : 'distributed: actuators, collectors, a forecaster'}; ${
      history === 0 ? 'no history' : `${history / 3_600} h of history`
    }`,
    measuredText(measured),
    ...workloads.map(workloadText),
    ...commands.map((command) => `${timeText(command.at)} ${commandText(command)}`),
  ];
  return lines.join('\n');
}

function measuredText({ by, every, lost, resources }: Scenario['measured']): string {
  if (by === 'plain') return 'measured without an error';
  const losses = lost > 0 ? `, ${Math.round(100 * lost)} % of them lost` : '';
  return `measured by Prometheus, scrapes each ${every} s${losses}, rates over ${(4 * every) / 60} min; what pods use by ${resources}`;
}

function workloadText({
  name,
  metric,
  target,
  ofRequest,
  request,
  baseline,
  mode,
  replicas,
  min,
  max,
  demand,
  windows,
  startup,
}: WorkloadPlan): string {
  const { level, wave, noise, changes } = demand;
  const aim = ofRequest ? `${Math.round((100 * target) / request)} % of ${request}` : String(target);
  const parts = [
    `${name} (${mode}, ${metric} at ${aim}${baseline > 0 ? `, ${baseline} of it idle` : ''})`,
    `${replicas} pods of ${min}…${max}`,
    `starts in ${startup.p50} s, p90 ${startup.p90} s`,
    `asked for ${level} pods' worth${noise > 0 ? ` ± ${Math.round(100 * noise)} %` : ''}`,
    ...(wave ? [`a wave of ± ${Math.round(100 * wave.share)} % each ${wave.period / 60} min`] : []),
    ...windows.map(({ at, for: lasts, min: least }) => `${timeText(at)} at least ${least} pods for ${lasts / 60} min`),
    ...changes.map(
      ({ kind, at, to, for: lasts = 0 }) => `${timeText(at)} ${kind} to ${to}${lasts > 0 ? ` for ${lasts} s` : ''}`,
    ),
  ];
  return parts.join('; ');
}

function commandText(command: Command): string {
  const { do: action, for: lasts, workload, target, to, by, when } = command;
  const on = workload === undefined ? '' : ` (${workload})`;
  const whose = target === undefined ? '' : ` [${target}]`;
  const details = [
    to === undefined ? '' : `to ${to}`,
    by === undefined ? '' : `by ${by}`,
    lasts === undefined ? '' : `for ${lasts} s`,
    classOf(action) === 'process' && when !== 'now'
      ? `at its next write, ${when === 'before-write' ? 'before it lands' : 'before its answer'}`
      : '',
  ].filter((text) => text !== '');
  return `${action}${on}${whose}${details.length > 0 ? ` ${details.join(', ')}` : ''}`;
}
