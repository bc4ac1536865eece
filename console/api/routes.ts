import { createRoute, z } from '@hono/zod-openapi';
import {
  decisionsAnswer,
  errorAnswer,
  fleetAnswer,
  forecastAnswer,
  objectAnswer,
  seriesAnswer,
  sparklinesAnswer,
  statusAnswer,
  workloadAnswer,
} from './answers.ts';
import { whatIfAnswer, whatIfQuestion, whatIfWait } from './what-if.ts';

export const API = '/api/v1';
/** Rows of one page, at most and by default. */
export const MOST_ROWS = 1_000;
const USUAL_ROWS = 500;
/** Sparklines at once: what is in sight. */
const MOST_KEYS = 40;
/** Days of a series, at most: what the store keeps. */
const MOST_DAYS = 8;

const workload = z.object({
  namespace: z
    .string()
    .max(63)
    .openapi({ param: { name: 'namespace', in: 'path' }, example: 'shop' }),
  kind: z
    .string()
    .max(63)
    .openapi({ param: { name: 'kind', in: 'path' }, example: 'Deployment' }),
  name: z
    .string()
    .max(253)
    .openapi({ param: { name: 'name', in: 'path' }, example: 'web' }),
});

const page = {
  cursor: z.string().max(1_024).optional().openapi({ description: 'As `next` of the page before gave it' }),
  limit: z.coerce.number().int().min(1).max(MOST_ROWS).default(USUAL_ROWS),
};

const failed = (description: string) => ({ description, content: { 'application/json': { schema: errorAnswer } } });

const FAILURES = {
  400: failed('The question has something wrong in it'),
  401: failed('auth is token, and no valid token came as `Authorization: Bearer`'),
  403: failed('The token may not get this: the same answer for what exists and what does not'),
  503: failed('What is asked for can not be had now'),
};

function get<Path extends string, Schema extends z.ZodType, Request extends object>(
  path: Path,
  summary: string,
  schema: Schema,
  request: Request,
) {
  return createRoute({
    method: 'get',
    path: `${API}${path}`,
    summary,
    request,
    responses: { 200: { description: summary, content: { 'application/json': { schema } } }, ...FAILURES },
  });
}

const NOT_FOUND = failed('No such workload has opted in');

function ofWorkload<Path extends string, Schema extends z.ZodType, Query extends z.ZodObject>(
  path: Path,
  summary: string,
  schema: Schema,
  query: Query,
) {
  return createRoute({
    method: 'get',
    path: `${API}/workloads/{namespace}/{kind}/{name}${path}`,
    summary,
    request: { params: workload, query },
    responses: {
      200: { description: summary, content: { 'application/json': { schema } } },
      ...FAILURES,
      404: NOT_FOUND,
    },
  });
}

export const statusRoute = get('/status', 'Whose figures these are, how old, and what is gone', statusAnswer, {});

export const fleetRoute = get('/fleet', 'All workloads that opted in', fleetAnswer, {
  query: z.object({
    ...page,
    namespace: z.string().max(63).optional(),
    mode: z.enum(['observe', 'auto', 'predictive', 'reactive']).optional(),
    attention: z
      .enum(['true', 'false'])
      .optional()
      .openapi({ description: 'Only those that need a person, or do not' }),
    q: z.string().max(200).optional().openapi({ description: 'Part of the key, in any case' }),
  }),
});

export const sparklinesRoute = get(
  '/sparklines',
  "The last day of some workloads' demand by the half hour",
  sparklinesAnswer,
  {
    query: z.object({
      keys: z
        .string()
        .max(MOST_KEYS * 380)
        .transform((text) => text.split(','))
        .pipe(z.array(z.string()).max(MOST_KEYS))
        .openapi({
          type: 'string',
          description: `Up to ${MOST_KEYS} keys, separated by commas`,
          example: 'shop/Deployment/web',
        }),
    }),
  },
);

export const workloadRoute = ofWorkload('', 'Why one workload has so many pods', workloadAnswer, z.object({}));
export const objectRoute = ofWorkload(
  '/object',
  'Its annotations as written and as understood, and the Events on it',
  objectAnswer,
  z.object({}),
);
export const decisionsRoute = ofWorkload('/decisions', 'Its changes of replicas', decisionsAnswer, z.object(page));
export const seriesRoute = ofWorkload(
  '/series',
  'Its demand, what was forecast of it, and its replicas',
  seriesAnswer,
  z.object({ days: z.coerce.number().gt(0).max(MOST_DAYS).default(1) }),
);
export const forecastRoute = ofWorkload('/forecast', 'The next 24 hours, computed now', forecastAnswer, z.object({}));
export const whatIfRoute = ofWorkload(
  '/what-if',
  'The past week replayed with other settings',
  whatIfAnswer,
  whatIfQuestion.extend({
    wait: whatIfWait.default('all').openapi({
      description: 'first: answered once the predictive policy is replayed; ask again without it for the others',
    }),
  }),
);
