import { HOUR_SECONDS, MINUTE_SECONDS } from '../../core/series.ts';
import { OBSERVATION_TICKS, TICK_SECONDS } from '../../core/tick.ts';
import { forecastFromNewest } from '../../forecaster/day-ahead/join-estimate.ts';
import { LeadTimeLearner } from '../../forecaster/lead-time/learner.ts';
import { SCORE_LEVELS } from '../score.ts';
import { type Answer, seriesOf, type Work } from './answers.ts';
import { historyAt, LEAD_SECONDS } from './windows.ts';

/** Ours, by name. A further one is a line here. */
export const OURS: Readonly<Record<string, (work: Work) => Iterable<Answer>>> = {
  Prescale: dayAhead,
  'Prescale lead-time learner': leadTime,
};

const PEAK_PODS = 20;
const UPPER = 0.95;

/** What `prescale forecast` does, at the load's own step, anew for each origin. */
function* dayAhead({ traces, jobs }: Work): Generator<Answer> {
  for (const job of jobs) {
    const series = seriesOf(traces[job.trace]!);
    const { stepSeconds } = series;
    for (const origin of job.origins) {
      const history = historyAt(series, job, origin);
      const began = cpuSeconds();
      const { values } = forecastFromNewest(history, { stepSeconds, levels: SCORE_LEVELS });
      const seconds = cpuSeconds() - began;
      const steps = Math.max(1, Math.ceil(job.horizonSeconds / stepSeconds));
      const near = values.map((path) => Array.from(path.subarray(0, steps)));
      yield { job: job.id, origin, stepSeconds, seconds, values: near };
    }
  }
}

/**
 * What decisions are made from: the learner follows the load in ticks of 15 s and says median and 0.95 quantile one lead time ahead. Only
 * loads of one minute: what lies between the values of a coarser one is not known. At an origin it has seen what the others have
 * seen, and nothing of the minute that begins there.
 */
function* leadTime({ traces, jobs }: Work): Generator<Answer> {
  for (const [name, trace] of Object.entries(traces)) {
    const hourly = jobs.filter((job) => job.trace === name && job.horizonSeconds === HOUR_SECONDS);
    if (trace.stepSeconds !== MINUTE_SECONDS || hourly.length === 0) continue;
    const { values } = seriesOf(trace);
    const { from, origins } = hourly[0]!;
    const history = values.subarray(from, origins[0]!);
    const peak = history.filter(Number.isFinite).reduce((most, v) => Math.max(most, v), 0);
    const learner = new LeadTimeLearner(leadOfLearner(), peak / PEAK_PODS);
    const asked = new Map(hourly.flatMap((job) => job.origins.map((origin) => [origin, job.id] as const)));
    let began = cpuSeconds();
    for (let minute = from + 1; minute <= Math.max(...asked.keys()); minute++) {
      for (let tick = 0; tick < OBSERVATION_TICKS; tick++) {
        const share = tick / OBSERVATION_TICKS;
        const before = values[minute - 1]!;
        const job = tick === 0 ? asked.get(minute) : undefined;
        learner.observe(tick === 0 ? before : share * values[minute]! + (1 - share) * before);
        if (job === undefined) continue;
        const forecast = learner.forecast!;
        const seconds = cpuSeconds() - began;
        const said = [[forecast.median], [forecast.upper]];
        yield { job, origin: minute, stepSeconds: LEAD_SECONDS, seconds, values: said, levels: [0.5, UPPER] };
        began = cpuSeconds();
      }
    }
  }
}

/**
 * The learner's tick of decision is that at which the minute before has just ended; its forecast is for the middle of the minute that begins
 * four minutes later, whose value the other methods forecast five steps after their newest.
 */
function leadOfLearner(): number {
  return LEAD_SECONDS - MINUTE_SECONDS + MINUTE_SECONDS / 2 - TICK_SECONDS;
}

/** What else runs on the machine does not count. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
