import { useEffect, useRef, useState } from 'preact/hooks';
import type { WhatIfAnswer, WhatIfWait } from '../api/what-if.ts';
import { observeCommand } from '../what-if/annotate-command.ts';
import { isBound, useBounds } from './bounds-pages.tsx';
import { NOTHING, type Read, read, workloadPath } from './client.ts';
import { formatRoute, linkTo, type Route, withQuery } from './route.ts';
import { count, formValue, percent, seconds, servedPercent, texts, time } from './words.ts';

const words = texts.whatIf;
/** A slider under somebody's hand asks when it rests. */
const REST_MS = 350;
/** As long as the console replays at most. */
const PATIENCE_MS = 120_000;

interface Slider {
  readonly name: 'sloPercent' | 'startupSeconds' | 'min' | 'max' | 'price' | 'startCostSeconds';
  readonly label: string;
  readonly values: readonly number[];
}

const upTo = (most: number) =>
  [1, 2, 3, 5, 8, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500, 750, 1000].filter((one) => one <= most);
const SLIDERS: readonly Slider[] = [
  { name: 'sloPercent', label: words.slo, values: [99, 99.5, 99.9, 99.95, 99.99, 99.995, 99.999] },
  { name: 'startupSeconds', label: words.startup, values: [2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600] },
  { name: 'min', label: words.min, values: [0, ...upTo(100)] },
  { name: 'max', label: words.max, values: upTo(1000) },
  { name: 'price', label: words.price, values: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5] },
  { name: 'startCostSeconds', label: words.startCost, values: [0, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600] },
];

/** The recorded week with other settings; ends in a command that the reader runs. */
export function WhatIfPage({ route }: { readonly route: Route }) {
  const { key } = route;
  const question = questionOf(route.query);
  const [answer, setAnswer] = useState<Read<WhatIfAnswer>>(NOTHING);
  const [running, setRunning] = useState(true);
  const newest = useRef<Read<WhatIfAnswer>>(NOTHING);
  useEffect(() => {
    const abort = new AbortController();
    setRunning(true);
    const ask = async (wait: WhatIfWait) => {
      const path = workloadPath(key, `/what-if?${question}${question && '&'}wait=${wait}`);
      const found = await read<WhatIfAnswer>(path, newest.current, abort.signal, PATIENCE_MS);
      if (abort.signal.aborted) return;
      newest.current = found;
      setAnswer(found);
      const isPart = found.problem === undefined && found.value!.pending.length > 0;
      if (isPart && wait === 'first') await ask('all');
      else setRunning(false);
    };
    const timer = window.setTimeout(() => void ask('first'), newest.current === NOTHING ? 0 : REST_MS);
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [key, question]);
  const set = (changes: Readonly<Record<string, string>>) => {
    history.replaceState(null, '', formatRoute(withQuery(route, changes)));
    dispatchEvent(new HashChangeEvent('hashchange'));
  };
  const { value } = answer;
  const isOut = answer.status === 404 && !running;
  return (
    <main id="content" tabIndex={-1}>
      <p class="crumb">
        <a href={linkTo('savings')}>{texts.pages.savings}</a> · <a href={linkTo('workload', key)}>{key}</a>
      </p>
      <h1>{words.heading(key)}</h1>
      <p class="note">{words.note}</p>
      {!isOut && (
        <form class="sliders" onSubmit={(event) => event.preventDefault()}>
          {SLIDERS.map((slider) => (
            <SliderField
              key={slider.name}
              slider={slider}
              value={route.query.get(slider.name)}
              today={todayOf(value, slider)}
              set={set}
            />
          ))}
          <button type="button" onClick={() => set(Object.fromEntries(SLIDERS.map(({ name }) => [name, ''])))}>
            {words.reset}
          </button>
        </form>
      )}
      {isOut ? <NotOptedIn workload={key} /> : <p role="status">{running ? words.running : answer.problem}</p>}
      {value && <Answer answer={value} workload={key} isFaster={route.query.has('startupSeconds')} />}
    </main>
  );
}

const APPS_KINDS = ['Deployment', 'StatefulSet'];

/** What is known of a workload whose demand nobody records, and how to begin. */
function NotOptedIn({ workload }: { readonly workload: string }) {
  const row = useBounds().value?.rows.find(({ key }) => key === workload);
  const bound = row && isBound(row) ? row : undefined;
  const [namespace = '', kind = '', name = ''] = workload.split('/');
  const apiVersion = bound?.apiVersion ?? (APPS_KINDS.includes(kind) ? 'apps/v1' : undefined);
  const command = apiVersion === undefined ? null : observeCommand({ apiVersion, kind, namespace, name });
  return (
    <section>
      {bound && bound.podHours > 0 && (
        <p>
          {words.boundOnly(
            percent(1 - bound.leastPodHours / bound.podHours, 1),
            count(bound.leastPodHours),
            count(bound.podHours),
          )}
        </p>
      )}
      <p>{words.notOptedIn}</p>
      {command === null ? <p>{words.noCommand}</p> : <Command text={command} />}
    </section>
  );
}

/** Only what is asked for, in one order: the same question is the same address. */
function questionOf(query: URLSearchParams): string {
  const asked = new URLSearchParams();
  for (const { name } of SLIDERS) {
    const value = query.get(name);
    if (value !== null && value !== '') asked.set(name, value);
  }
  return asked.toString();
}

function todayOf(answer: WhatIfAnswer | undefined, { name }: Slider): number | null {
  return answer?.asked[name] ?? null;
}

interface SliderFieldProps {
  readonly slider: Slider;
  /** As asked for; null: as today. */
  readonly value: string | null;
  readonly today: number | null;
  readonly set: (changes: Readonly<Record<string, string>>) => void;
}

function SliderField({ slider: { name, label, values }, value, today, set }: SliderFieldProps) {
  const number = value === null ? today : Number(value);
  const place = number === null ? Math.floor(values.length / 2) : nearestPlace(values, number);
  // A price is nothing that a workload has today.
  const byDefault =
    number === null ? texts.unknown : `${name === 'sloPercent' ? number : formValue(number)} (${words.asToday})`;
  const text = value ?? byDefault;
  return (
    <label>
      <span>
        {label}: {text}
      </span>
      <input
        type="range"
        min={0}
        max={values.length - 1}
        value={place}
        aria-valuetext={text}
        onInput={(event) => set({ [name]: String(values[Number(event.currentTarget.value)]) })}
      />
    </label>
  );
}

function nearestPlace(values: readonly number[], value: number): number {
  return values.reduce((best, one, i) => (Math.abs(one - value) < Math.abs(values[best]! - value) ? i : best), 0);
}

interface AnswerProps {
  readonly answer: WhatIfAnswer;
  /** Its key. */
  readonly workload: string;
  readonly isFaster: boolean;
}

function Answer({ answer, workload, isFaster }: AnswerProps) {
  const { policies, pending, annotate, hpa, leftOut, fromSeconds, toSeconds } = answer;
  return (
    <section aria-labelledby="h-answer">
      <h2 id="h-answer">
        {time(fromSeconds, toSeconds)} – {time(toSeconds, fromSeconds)}
      </h2>
      <div class="scroll" tabIndex={0} role="group" aria-labelledby="h-answer">
        <table>
          <thead>
            <tr>
              {[words.policy, words.podHours, words.saved, words.served, words.starts, words.under, words.cost].map(
                (name, i) => (
                  <th scope="col" key={name} class={i > 0 ? 'n' : undefined}>
                    {name}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {policies.map((policy) => (
              <tr key={policy.name}>
                <th scope="row">{policy.name}</th>
                <td class="n">{count(policy.podHours)}</td>
                <td class="n">{percent(policy.savedShare, 1)}</td>
                <td class="n">{servedPercent(policy.servedPercent)}</td>
                <td class="n">{count(policy.starts)}</td>
                <td class="n">{count(policy.underProvisionedMinutes)}</td>
                <td class="n">{count(policy.cost)}</td>
              </tr>
            ))}
            {pending.map((name) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td colSpan={6}>{words.running}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>
        <HpaWords hpa={hpa} /> <Today workload={workload} />
      </p>
      <p class="note">
        {words.oracle} {leftOut.map((what) => words.leftOut[what]).join(' ')}
      </p>
      <h2>{words.command}</h2>
      {annotate === null ? <p>{words.noCommand}</p> : <Command text={annotate} />}
      {isFaster && <p class="note">{words.startupNote}</p>}
    </section>
  );
}

/** What it has today, where that is no HPA: who reads that it saves 20 % against one may have many more pods. */
function Today({ workload }: { readonly workload: string }) {
  const row = useBounds().value?.rows.find(({ key }) => key === workload);
  if (!row || !isBound(row) || row.baseline !== 'fixed') return null;
  return <>{words.today(row.label, count(row.podHours), count(row.hours))}</>;
}

/** Which HPA the policies are held against. */
function HpaWords({
  hpa: { source, object, target, targetShare, note, windowSeconds, min, max },
}: Pick<WhatIfAnswer, 'hpa'>) {
  const rest = words.hpaRest(count(min), count(max), seconds(windowSeconds));
  if (source === 'manifest')
    return <>{[words.hpaOwn(object ?? '', target), rest, note && words.hpaNote(note)].filter(Boolean).join(' ')}</>;
  const why = note === '' ? words.hpaNone : words.hpaOther(note);
  return <>{[why, words.hpaDefault(percent(targetShare)), rest].join(' ')}</>;
}

function Command({ text }: { readonly text: string }) {
  const [outcome, setOutcome] = useState('');
  const source = useRef<HTMLPreElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome(words.copied);
    } catch {
      getSelection()?.selectAllChildren(source.current!);
      setOutcome(words.notCopied);
    }
  };
  return (
    <>
      <pre ref={source} tabIndex={0}>
        {text}
      </pre>
      <button type="button" onClick={() => void copy()}>
        {words.copy}
      </button>{' '}
      <span role="status">{outcome}</span>
    </>
  );
}
