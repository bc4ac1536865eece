import type { DecisionsAnswer, ForecastAnswer, ObjectAnswer, SeriesAnswer, WorkloadAnswer } from '../api/answers.ts';
import { nowSeconds, prepareWhatIf, workloadPath } from './client.ts';
import { Decisions } from './decisions.tsx';
import { useMedia } from './fleet.tsx';
import { Events, Settings } from './object-sections.tsx';
import { usePolled } from './polled.tsx';
import { formatRoute, linkTo, type Route, withQuery } from './route.ts';
import { SourceLine, Stale } from './source-line.tsx';
import { count, load, percent, seconds, servedPercent, texts, time } from './words.ts';
import { SHOWN_DAYS, WorkloadCharts } from './workload-charts.tsx';

const words = texts.workload;

export function WorkloadPage({ route }: { readonly route: Route }) {
  const { key } = route;
  const days = SHOWN_DAYS.find((one) => String(one) === route.query.get('days')) ?? 1;
  const workload = usePolled<WorkloadAnswer>(workloadPath(key), 15);
  const series = usePolled<SeriesAnswer>(workloadPath(key, `/series?days=${Math.ceil(days)}`), 60);
  const decisions = usePolled<DecisionsAnswer>(workloadPath(key, '/decisions?limit=200'), 60);
  const forecast = usePolled<ForecastAnswer>(workloadPath(key, '/forecast'), 300);
  const object = usePolled<ObjectAnswer>(workloadPath(key, '/object'), 30);
  const narrow = useMedia('(max-width: 760px)');
  const now = nowSeconds();
  const { value } = workload;
  return (
    <main id="content" tabIndex={-1}>
      <p class="crumb">
        <a href={linkTo('fleet')}>{words.back}</a>
      </p>
      <h1>{key}</h1>
      <SourceLine of={workload} />
      {!value && <p>{workload.status === 404 ? words.gone : (workload.problem ?? texts.loading)}</p>}
      {value && (
        <>
          <Headline workload={value} />
          <Facts workload={value} />
          <section aria-labelledby="h-charts">
            <h2 id="h-charts">{`${words.demand} · ${words.pods}`}</h2>
            <p class="buttons" role="group" aria-label={words.range}>
              {SHOWN_DAYS.map((one) => (
                <button
                  type="button"
                  key={one}
                  aria-pressed={one === days}
                  onClick={() => {
                    location.hash = formatRoute(withQuery(route, { days: String(one) }));
                  }}
                >
                  {words.days(one)}
                </button>
              ))}
            </p>
            <Stale of={series} />
            {series.value ? (
              <WorkloadCharts
                series={series.value}
                days={days}
                forecast={forecast.value}
                workload={value}
                decisions={decisions.value?.decisions ?? []}
                now={now}
                narrow={narrow}
              />
            ) : (
              <p>{series.problem ?? texts.loading}</p>
            )}
            <Stale of={forecast} />
            {forecast.problem !== undefined && !forecast.value && (
              <p class="note">
                {words.noForecast} {forecast.problem}
              </p>
            )}
          </section>
          <Chain workload={value} />
          <Decisions path={key} newest={decisions} now={now} />
          <Conditions workload={value} now={now} />
          <Events object={object} now={now} />
          <Settings object={object} />
          <Startup workload={value} />
        </>
      )}
    </main>
  );
}

/** How many pods there are, how many are wanted, and why. */
function Headline({ workload: { status, why } }: { readonly workload: WorkloadAnswer }) {
  const { ready, current, wanted } = status.replicas;
  const state = words.podsNow(count(ready), count(current), count(wanted));
  return (
    <p class="why">
      <strong>{status.mode === 'observe' ? `${state} (${words.observed})` : state}</strong>
      <br />
      {why}
    </p>
  );
}

function Facts({ workload: { status, row } }: { readonly workload: WorkloadAnswer }) {
  const { model, replicas, leadTime, metrics } = status;
  const slo = model.slo === null ? texts.unknown : servedPercent(100 * model.slo);
  const facts: [string, string, (string | undefined)?][] = [
    [words.settings.slo, slo],
    [
      texts.columns.budget,
      percent(row.budgetUsed),
      row.budgetUsed === null && model.slo !== null ? words.budgetNotYet : undefined,
    ],
    [texts.columns.error, percent(row.forecastError), words.errorNote],
    [words.settings.mode, status.mode ?? texts.unknown],
    [words.settings.bounds, `${count(replicas.min)} … ${count(replicas.max)}`],
    [words.settings.metric, metrics.map(({ name }) => name).join(', ') || texts.unknown],
    [words.settings.perPod, load(row.podCapacity, row.unit)],
    [words.settings.leadTime, seconds(leadTime.seconds), words.leadTimeFrom[leadTime.source](count(leadTime.samples))],
    [words.settings.target, words.targets[status.target]],
  ];
  return (
    <section aria-labelledby="h-facts">
      <h2 id="h-facts">{words.understood}</h2>
      <dl>
        {facts.map(([name, text, note]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {text}
              {note && <small>{note}</small>}
            </dd>
          </div>
        ))}
      </dl>
      <p>
        <a href={linkTo('what-if', row.key)} onPointerEnter={prepareWhatIf} onFocus={prepareWhatIf}>
          {words.tryIt}
        </a>
      </p>
    </section>
  );
}

function Chain({ workload }: { readonly workload: WorkloadAnswer }) {
  return (
    <section aria-labelledby="h-chain">
      <h2 id="h-chain">{words.chain}</h2>
      <table class="chain">
        <thead>
          <tr>
            <th scope="col">{words.step}</th>
            <th scope="col">{words.value}</th>
            <th scope="col">{words.note}</th>
          </tr>
        </thead>
        <tbody>
          {workload.chain.map(({ label, value, note }, i) => (
            <tr key={`${i} ${label}`}>
              <th scope="row">{label}</th>
              <td>{value}</td>
              <td>{note}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Conditions({ workload: { status }, now }: { readonly workload: WorkloadAnswer; readonly now: number }) {
  return (
    <section aria-labelledby="h-conditions">
      <h2 id="h-conditions">{words.conditions}</h2>
      <div class="scroll" tabIndex={0} role="group" aria-labelledby="h-conditions">
        <table>
          <thead>
            <tr>
              <th scope="col">{words.condition}</th>
              <th scope="col">{words.state}</th>
              <th scope="col">{words.message}</th>
              <th scope="col">{words.since}</th>
            </tr>
          </thead>
          <tbody>
            {status.conditions.map(({ type, status: holds, reason, message, sinceSeconds }) => (
              <tr key={type}>
                <th scope="row">{type}</th>
                <td>{holds ? words.yes : words.no}</td>
                <td>
                  {reason}: {message}
                </td>
                <td>{time(sinceSeconds, now)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Startup({ workload: { startup, stages } }: { readonly workload: WorkloadAnswer }) {
  return (
    <section aria-labelledby="h-startup">
      <h2 id="h-startup">{words.startup}</h2>
      {startup && (
        <p>
          p50 {seconds(startup.p50Seconds)} · p90 {seconds(startup.p90Seconds)} · p99 {seconds(startup.p99Seconds)} (
          {words.leadTimeFrom[startup.source](count(startup.samples))})
        </p>
      )}
      {stages.length === 0 ? (
        <p>{words.noStages}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{words.nodeClass}</th>
              <th scope="col">{words.stage}</th>
              <th scope="col">{words.mean}</th>
              <th scope="col">{words.count}</th>
            </tr>
          </thead>
          <tbody>
            {stages.map(({ nodeClass, stage, sumSeconds, count: pods }) => (
              <tr key={nodeClass + stage}>
                <th scope="row">{nodeClass}</th>
                <td>{stage}</td>
                <td>{pods > 0 ? seconds(sumSeconds / pods) : texts.unknown}</td>
                <td>{count(pods)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
