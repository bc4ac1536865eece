import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { compress } from 'hono/compress';
import { etag } from 'hono/etag';
import { InputError, WorldError } from '../../core/errors.ts';
import { plainJson, plainText } from '../../core/text/plain-text.ts';
import type { ReviewedAccess } from './access.ts';
import { decisionsOf, fleetOf, seriesOf, statusOf, workloadOf } from './compose.ts';
import { isLoopbackHost } from './hosts.ts';
import { keptPages } from './kept-pages.ts';
import { plain } from './plain.ts';
import {
  API,
  decisionsRoute,
  fleetRoute,
  forecastRoute,
  objectRoute,
  seriesRoute,
  sparklinesRoute,
  statusRoute,
  whatIfRoute,
  workloadRoute,
} from './routes.ts';
import type { ConsoleSource } from './source.ts';
import { EVERYTHING, kindName, type Refusal, type Resources, tokenViewer, type Viewer } from './viewer.ts';

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
}

interface Env {
  readonly Variables: { viewer: Viewer };
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

/** The console's HTTP side: the API and the page, GET only. Does no I/O but through its source. */
export function consoleApp({ source, auth, page, onError }: ConsoleAppParts): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>({
    defaultHook: (result, context) => {
      if (result.success) return undefined;
      const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      return context.json({ error: problems.join('; ') }, 400);
    },
  });
  app.use(guarded(auth.kind === 'none'));
  app.use(`${API}/*`, viewing(auth));
  const { fleet } = source;
  app.use(
    `${API}/fleet`,
    keptPages(() => ({ version: fleet.source, kinds: () => fleet.kinds() })),
  );
  app.use(compress());
  app.use(etag());
  addRoutes(app, source, auth.kind);
  for (const [path, { contentType, body }] of page) {
    app.get(path, (context) => context.body(body, 200, { 'content-type': contentType }));
  }
  app.notFound((context) => context.json({ error: `nothing here; the API is under ${API}` }, 404));
  app.onError((error, context) => {
    // What can't be had now says so in its own words; anything else may hold what a stranger should not read.
    if (error instanceof InputError) return context.json({ error: plainText(error.message) }, 400);
    if (error instanceof WorldError) return context.json({ error: plainText(error.message) }, 503);
    onError(error);
    return context.json({ error: `${error.name}: the log says more` }, 500);
  });
  return app;
}

/** GET only, for this machine's names only where nothing else guards it, and with headers that let a page do nothing but show. */
function guarded(loopbackOnly: boolean): MiddlewareHandler<Env> {
  return async (context, next) => {
    const { method } = context.req;
    if (method !== 'GET' && method !== 'HEAD') {
      context.res = context.json({ error: 'only GET is answered' }, 405, { allow: 'GET, HEAD' });
    } else if (loopbackOnly && !isLoopbackHost(context.req.header('host'))) {
      const error = 'found another Host than this machine; expected localhost or 127.0.0.1, as a port-forward has';
      context.res = context.json({ error }, 421);
    } else await next();
    for (const [name, value] of Object.entries(HEADERS)) context.res.headers.set(name, value);
  };
}

function viewing(auth: Auth): MiddlewareHandler<Env> {
  return async (context, next) => {
    if (auth.kind === 'none') context.set('viewer', EVERYTHING);
    else {
      const token = /^Bearer +(\S{1,8192})$/i.exec(context.req.header('authorization') ?? '')?.[1];
      if (token === undefined) return unauthenticated(context);
      context.set('viewer', tokenViewer(token, auth.access, auth.resources));
    }
    return next();
  };
}

const UNAUTHENTICATED = { error: 'expected a valid token of the cluster: Authorization: Bearer …' } as const;
const DENIED = { error: 'this token may not get these objects (kubectl auth can-i get says what it may)' } as const;
const NO_EVENTS = 'this token may not get Events in this namespace';

function unauthenticated(context: Context) {
  return context.json(UNAUTHENTICATED, 401, { 'www-authenticate': 'Bearer' });
}

function refused(context: Context, verdict: Refusal) {
  return verdict === 'denied' ? context.json(DENIED, 403) : unauthenticated(context);
}

type RouteContext = Context<Env>;

function addRoutes(app: OpenAPIHono<Env>, source: ConsoleSource, auth: Auth['kind']): void {
  const { fleet } = source;
  const visible = (context: RouteContext) => context.get('viewer').visible(fleet.kinds());

  app.openapi(statusRoute, async (context) => {
    const seen = await visible(context);
    if (typeof seen === 'string') return refused(context, seen);
    return answer(context, statusOf(fleet, seen, auth, source.nowSeconds()));
  });

  app.openapi(fleetRoute, async (context) => {
    const seen = await visible(context);
    if (typeof seen === 'string') return refused(context, seen);
    const found = fleetOf(fleet, seen, context.req.valid('query'));
    return found === undefined ? wrongCursor(context) : answer(context, found);
  });

  app.openapi(sparklinesRoute, async (context) => {
    const seen = await visible(context);
    if (typeof seen === 'string') return refused(context, seen);
    const keys = context.req.valid('query').keys.filter((key) => {
      const row = fleet.row(key);
      return row !== undefined && seen.has(kindName(row.ref));
    });
    const lines = await source.sparklines(keys);
    return answer(context, { lines: [...lines].map(([key, line]) => ({ key, ...line })) });
  });

  /** Asks whether it may be seen first: whoever may not see it doesn't learn whether it is there. */
  const one = async (context: RouteContext, find: (key: string) => Promise<unknown>) => {
    const { namespace, kind, name } = context.req.param() as Record<'namespace' | 'kind' | 'name', string>;
    const verdict = await context.get('viewer').of({ kind, namespace });
    if (verdict !== 'allowed') return refused(context, verdict);
    const key = `${namespace}/${kind}/${name}`;
    const found = await find(key);
    if (found !== undefined) return answer(context, found);
    return context.json({ error: `${plainText(key)} is not looked after: has it opted in?` }, 404);
  };

  app.openapi(workloadRoute, (context) =>
    one(context, async (key) => {
      const row = fleet.row(key);
      const detail = row && (await source.workload(key));
      return detail && workloadOf(fleet, row, detail);
    }),
  );
  app.openapi(objectRoute, (context) =>
    one(context, async (key) => {
      const { namespace } = context.req.valid('param');
      const [found, mayEvents] = await Promise.all([source.object(key), context.get('viewer').events(namespace)]);
      return found && (mayEvents ? found : { ...found, events: null, eventsProblem: NO_EVENTS });
    }),
  );
  app.openapi(decisionsRoute, (context) => {
    const { cursor, limit } = context.req.valid('query');
    const before = cursor === undefined ? undefined : Number(cursor);
    if (Number.isNaN(before)) return wrongCursor(context);
    const page = { limit, ...(before === undefined ? {} : { beforeSeconds: before }) };
    return one(context, async (key) => decisionsOf(await source.journal(key, page)));
  });
  app.openapi(seriesRoute, (context) => {
    const toSeconds = Math.floor(source.nowSeconds() / 60) * 60;
    const fromSeconds = toSeconds - context.req.valid('query').days * 86_400;
    return one(context, async (key) =>
      seriesOf(await source.series(key, fromSeconds, toSeconds), fromSeconds, toSeconds),
    );
  });
  app.openapi(forecastRoute, (context) => one(context, (key) => source.forecast(key)));
  app.openapi(whatIfRoute, (context) => {
    const { wait, ...question } = context.req.valid('query');
    return one(context, (key) => source.whatIf(key, question, wait));
  });
}

function wrongCursor(context: Context) {
  return context.json({ error: 'cursor: expected the `next` of the page before' }, 400);
}

/** Escaped so that no terminal obeys what stands in a name. */
function answer(context: Context, value: unknown) {
  return context.body(`${plainJson(plain(value))}\n`, 200, { 'content-type': 'application/json' }) as never;
}
