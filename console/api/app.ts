import { chunks } from '../../core/concurrency/chunks.ts';
import { InputError, messageOf, WorldError } from '../../core/errors.ts';
import { DAY_SECONDS, MINUTE_SECONDS } from '../../core/series.ts';
import { plainJson, plainText } from '../../core/text/plain-text.ts';
import type { ReviewedAccess } from './access.ts';
import {
  decisionsOf,
  fleetOf,
  kindOf,
  newestOf,
  savingsOf,
  seriesOf,
  statusOf,
  workloadOf,
  wrongCursor,
} from './compose.ts';
import { isLoopbackHost } from './hosts.ts';
import { API, type ConsoleAnswer, type ConsoleRequest, jsonAnswer } from './http.ts';
import { KeptPages } from './kept-pages.ts';
import { NotYet } from './not-yet.ts';
import { DECISIONS, FLEET, readParameters, SAVINGS, SERIES, SPARKLINES, WHAT_IF } from './parameters.ts';
import { plain } from './plain.ts';
import { opened, seal, zips } from './sealed.ts';
import type { ConsoleSource } from './source.ts';
import { EVERYTHING, type KindIn, kindName, type Refusal, type Resources, tokenViewer, type Viewer } from './viewer.ts';

/** Who may read. `none` is for a listener on loopback alone: its Host has to be loopback too. */
export type Auth =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly access: ReviewedAccess; readonly resources: Resources };

/** A file of the page, as it is served. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface ConsoleAppParts {
  readonly source: ConsoleSource;
  readonly auth: Auth;
  /** By path: `/`, `/app.js`. */
  readonly page: ReadonlyMap<string, PageFile>;
  /** An error that a request met and whose cause is ours. */
  readonly onError: (error: Error) => void;
  /** While a long answer is made: lets others go first. Without it, nobody. */
  readonly pause?: () => Promise<void>;
}

/** The console's HTTP side: the API and the page, GET only. */
export interface ConsoleApp {
  /** Rejects never. */
  answer(request: ConsoleRequest): Promise<ConsoleAnswer>;
  /** After a tick: makes the pages that are asked for most likely. Rejects never. */
  renew(): Promise<void>;
}

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  // Kept and asked about each time: with an ETag that is an answer of a few bytes.
  'cache-control': 'private, no-cache',
  vary: 'Authorization, Accept-Encoding',
};

/** Whatever a request's target is relative to: its path and query are read, and no more. */
const BASE = 'http://console';
const UNAUTHENTICATED = { error: 'expected a valid token of the cluster: Authorization: Bearer …' } as const;
const DENIED = { error: 'this token may not get these objects (kubectl auth can-i get says what it may)' } as const;
const NO_EVENTS = 'this token may not get Events in this namespace';

/** A question about the API, by somebody who is known as far as he has to be. */
interface Call {
  readonly request: ConsoleRequest;
  readonly query: URLSearchParams;
  readonly viewer: Viewer;
}

/** Does no I/O but through its source. */
export function consoleApp({ source, auth, page, onError, pause }: ConsoleAppParts): ConsoleApp {
  const lists = new KeptPages();
  const api = apiOf(source, auth.kind, lists, pause);
  const pages = new KeptPages();
  const answered = async (request: ConsoleRequest): Promise<ConsoleAnswer> => {
    const refusal = guard(request, auth.kind === 'none');
    if (refusal) return refusal;
    const url = URL.canParse(request.target, BASE) ? new URL(request.target, BASE) : undefined;
    if (!url) throw new InputError('path: found what is none; expected one such as /api/v1/fleet');
    const file = page.get(url.pathname);
    if (file) {
      const zipped = zips(request);
      const make = () => seal(file.body, file.contentType, zipped);
      return opened(await pages.of(page, `${url.pathname} ${zipped}`, make), request);
    }
    const handler = api(url.pathname);
    if (!handler) return jsonAnswer({ error: `nothing here; the API is under ${API}` }, 404);
    const viewer = viewerOf(request, auth);
    if (!viewer) return unauthenticated();
    return handler({ request, query: url.searchParams, viewer });
  };
  return {
    async answer(request) {
      const answer = await answered(request).catch((error: unknown) => failed(error, onError));
      return { ...answer, headers: { ...HEADERS, ...answer.headers } };
    },
    renew: async () => lists.renew(newestOf(source.fleet)),
  };
}

/** GET only, and for this machine's names only where nothing else guards it. */
function guard({ method, header }: ConsoleRequest, loopbackOnly: boolean): ConsoleAnswer | undefined {
  if (method !== 'GET' && method !== 'HEAD') {
    return jsonAnswer({ error: 'only GET is answered' }, 405, { allow: 'GET, HEAD' });
  }
  if (!loopbackOnly || isLoopbackHost(header('host'))) return undefined;
  return jsonAnswer(
    { error: 'found another Host than this machine; expected localhost or 127.0.0.1, as a port-forward has' },
    421,
  );
}

function viewerOf({ header }: ConsoleRequest, auth: Auth): Viewer | undefined {
  if (auth.kind === 'none') return EVERYTHING;
  const token = /^Bearer +(\S{1,8192})$/i.exec(header('authorization') ?? '')?.[1];
  return token === undefined ? undefined : tokenViewer(token, auth.access, auth.resources);
}

/** What can't be had now says so in its own words; anything else may hold what a stranger should not read. */
function failed(error: unknown, onError: (error: Error) => void): ConsoleAnswer {
  if (error instanceof InputError) return jsonAnswer({ error: error.message }, 400);
  if (error instanceof WorldError) {
    const soon = error instanceof NotYet ? { 'retry-after': String(error.retryAfterSeconds) } : {};
    return jsonAnswer({ error: error.message }, 503, soon);
  }
  const ours = error instanceof Error ? error : new Error(messageOf(error));
  onError(ours);
  return jsonAnswer({ error: `${ours.name}: the log says more` }, 500);
}

function unauthenticated(): ConsoleAnswer {
  return jsonAnswer(UNAUTHENTICATED, 401, { 'www-authenticate': 'Bearer' });
}

function refused(verdict: Refusal): ConsoleAnswer {
  return verdict === 'denied' ? jsonAnswer(DENIED, 403) : unauthenticated();
}

/** Escaped so that no terminal obeys what stands in a name. */
function bytesOf(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${plainJson(plain(value))}\n`);
}

function sealed(value: unknown, request: ConsoleRequest) {
  return seal(bytesOf(value), 'application/json', zips(request));
}

/** Of a thousand rows, so many at a time: others are answered in between. */
const ROWS_AT_ONCE = 100;

/** The same of many rows, all of one tick. */
async function sealedPage(
  { page, heads, rowOf }: ReturnType<typeof fleetOf>,
  request: ConsoleRequest,
  pause: ConsoleAppParts['pause'],
) {
  const parts: string[] = [plainJson(plain(page)).slice(0, -1), ',"rows":['];
  for (const [i, some] of chunks(heads, ROWS_AT_ONCE).entries()) {
    if (i > 0) await pause?.();
    parts.push(i > 0 ? ',' : '', plainJson(plain(some.map(rowOf))).slice(1, -1));
  }
  parts.push(']}\n');
  return seal(new TextEncoder().encode(parts.join('')), 'application/json', zips(request));
}

async function answer(value: unknown, request: ConsoleRequest): Promise<ConsoleAnswer> {
  return opened(await sealed(value, request), request);
}

type Handler = (call: Call) => Promise<ConsoleAnswer>;

/** The question that a path is; undefined: this API has none there. */
function apiOf(
  source: ConsoleSource,
  auth: Auth['kind'],
  pages: KeptPages,
  pause: ConsoleAppParts['pause'],
): (path: string) => Handler | undefined {
  const lists = listsOf(source, auth, pages, pause);
  const parts = partsOf(source);
  const { fleet } = source;

  const list =
    (make: List): Handler =>
    async (call) => {
      newestOf(fleet);
      const seen = await call.viewer.visible(fleet.kinds());
      return typeof seen === 'string' ? refused(seen) : make(call, seen);
    };

  /** Asks whether it may be seen first: whoever may not see it doesn't learn whether it is there. */
  const one =
    (find: Part, of: KindIn & { readonly name: string }): Handler =>
    async (call) => {
      newestOf(fleet);
      const verdict = await call.viewer.of(of);
      if (verdict !== 'allowed') return refused(verdict);
      const key = `${of.namespace}/${of.kind}/${of.name}`;
      const found = await find(key, call, of);
      if (found !== undefined) return answer(found, call.request);
      return jsonAnswer({ error: `${plainText(key)} is not looked after: has it opted in?` }, 404);
    };

  return (path) => {
    if (!path.startsWith(`${API}/`)) return undefined;
    const [first = '', ...rest] = path.slice(API.length + 1).split('/');
    if (rest.length === 0) {
      const make = lists.get(first);
      return make && list(make);
    }
    const [namespace, kind, name, part = '', ...more] = rest.map(decoded);
    const find = parts.get(part);
    if (first !== 'workloads' || !find || more.length > 0 || !namespace || !kind || !name) return undefined;
    return one(find, { namespace, kind, name });
  };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    throw new InputError(
      `path: found ${JSON.stringify(segment)}; expected % to be followed by two hexadecimal digits`,
      {
        cause: error,
      },
    );
  }
}

/** @param seen namespaces and kinds that are shown, as kindName has them */
type List = (call: Call, seen: ReadonlySet<string>) => Promise<ConsoleAnswer>;

function listsOf(
  source: ConsoleSource,
  auth: Auth['kind'],
  pages: KeptPages,
  pause: ConsoleAppParts['pause'],
): ReadonlyMap<string, List> {
  const { fleet } = source;
  return new Map<string, List>([
    ['status', ({ request }, seen) => answer(statusOf(fleet, seen, auth, source.nowSeconds()), request)],
    [
      'fleet',
      async ({ request, query }, seen) => {
        const asked = readParameters(FLEET, query);
        const key = [zips(request), query, ...[...seen].sort()].join('\n');
        return opened(
          await pages.of(newestOf(fleet), key, async () => sealedPage(fleetOf(fleet, seen, asked), request, pause)),
          request,
        );
      },
    ],
    ['what-if', ({ request }) => answer({ here: source.prepareWhatIf() }, request)],
    [
      'savings',
      async ({ request, query, viewer }) => {
        const asked = readParameters(SAVINGS, query);
        const bounds = await source.bounds();
        const kinds = 'why' in bounds ? [] : [...bounds.rows, ...bounds.unknown].map(kindOf);
        const seen = await viewer.visible(kinds);
        return typeof seen === 'string' ? refused(seen) : answer(savingsOf(bounds, seen, asked), request);
      },
    ],
    [
      'sparklines',
      async ({ request, query }, seen) => {
        const keys = readParameters(SPARKLINES, query).keys.filter((key) => {
          const row = fleet.row(key);
          return row !== undefined && seen.has(kindName(row.ref));
        });
        const lines = await source.sparklines(keys);
        return answer({ lines: [...lines].map(([key, line]) => ({ key, ...line })) }, request);
      },
    ],
  ]);
}

/** What is found of one workload, which may be seen; undefined: there is none. */
type Part = (key: string, call: Call, of: KindIn) => Promise<unknown>;

function partsOf(source: ConsoleSource): ReadonlyMap<string, Part> {
  const { fleet } = source;
  return new Map<string, Part>([
    [
      '',
      async (key) => {
        const row = fleet.row(key);
        const detail = row && (await source.workload(key));
        return detail && workloadOf(fleet, row, detail);
      },
    ],
    [
      'object',
      async (key, { viewer }, { namespace }) => {
        const [found, mayEvents] = await Promise.all([source.object(key), viewer.events(namespace)]);
        return (
          found && (mayEvents ? found : { ...found, events: null, eventsTruncated: false, eventsProblem: NO_EVENTS })
        );
      },
    ],
    [
      'decisions',
      async (key, { query }) => {
        const { cursor, limit } = readParameters(DECISIONS, query);
        const beforeSeconds = cursor === undefined ? undefined : Number(cursor);
        if (Number.isNaN(beforeSeconds)) throw wrongCursor();
        return decisionsOf(await source.journal(key, { limit, ...(beforeSeconds !== undefined && { beforeSeconds }) }));
      },
    ],
    [
      'series',
      async (key, { query }) => {
        const { days } = readParameters(SERIES, query);
        const toSeconds = Math.floor(source.nowSeconds() / MINUTE_SECONDS) * MINUTE_SECONDS;
        const fromSeconds = toSeconds - days * DAY_SECONDS;
        return seriesOf(await source.series(key, fromSeconds, toSeconds), fromSeconds, toSeconds);
      },
    ],
    ['forecast', (key) => source.forecast(key)],
    [
      'what-if',
      async (key, { query }) => {
        // What reads it is large, and few ask.
        const { readWhatIfQuestion } = await import('./what-if.ts');
        const { wait = 'all' } = readParameters(WHAT_IF, query);
        return source.whatIf(key, readWhatIfQuestion(query), wait);
      },
    ],
  ]);
}
