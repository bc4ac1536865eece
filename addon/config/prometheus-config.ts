import { z } from 'zod';
import { USUAL_NAMESPACES } from '../../collector/prometheus/discovery.ts';
import { templateProblems } from '../../collector/prometheus/promql/query-templates.ts';
import { parseSeconds } from '../../core/quantity.ts';
import { name, optionalText } from './setting-text.ts';

/* Where demand is measured: the address, its credentials, and the queries that workloads may choose. */

const prometheusUrl = z
  .string()
  .superRefine((text, context) => {
    if (text === '') return;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || !/^https?:$/.test(url.protocol)) {
      context.addIssue('expected a URL such as http://prometheus.monitoring:9090, or "" to find one');
    } else if (url.username !== '' || url.password !== '') {
      context.addIssue('expected no user or password in the URL: basic.user and basic.passwordFile hold them');
    }
  })
  .transform((text) => (text === '' ? undefined : text))
  .prefault('')
  .describe(
    'Address of Prometheus or whatever has its HTTP API; "" looks for one among the Services of discovery.namespaces',
  );

const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of an HTTP header');

const headerFiles = z
  .record(headerName, z.string().min(1, 'expected a file'))
  .prefault({})
  .describe(
    'Further request headers whose values are secret: name to file of a mounted Secret; read again when it changes',
  );

const headers = z
  .record(headerName, z.string().regex(/^[\x20-\x7e]+$/, 'expected one line of plain text'))
  .superRefine((all, context) => {
    for (const header of Object.keys(all)) {
      if (/^(?:proxy-)?authorization$/i.test(header)) {
        context.addIssue({
          code: 'custom',
          path: [header],
          message:
            'expected no credential here, where everybody who reads ConfigMaps sees it: use bearerTokenFile, basic or headerFiles',
        });
      }
    }
  })
  .prefault({})
  .describe('Further request headers, such as X-Scope-OrgID; no credentials');

const template = z
  .strictObject({
    query: z.string().min(1, 'expected PromQL').describe('PromQL'),
    args: z
      .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected an argument name such as service'))
      .prefault([])
      .describe(
        'Names of the arguments that an annotation gives, $arg.<name> in the query; $namespace, $name and $kind come from the object',
      ),
    unit: z.string().prefault('').describe('What the number counts, for messages: req/s'),
    kind: z
      .enum(['rate', 'gauge'])
      .optional()
      .describe('Rates of counters, or a gauge; left out, it is told from the query'),
    window: z
      .string()
      .optional()
      .describe('Time over which kind is averaged, 60s; left out, it is told from the query; a gauge may have none'),
  })
  .superRefine((given, context) => {
    const { kind, window } = given;
    if (window !== undefined && !(parseSeconds(window)! > 0)) {
      context.addIssue({ code: 'custom', path: ['window'], message: 'expected a duration such as 60s' });
    } else if (window !== undefined && kind === undefined) {
      context.addIssue({ code: 'custom', path: ['window'], message: 'expected kind beside it: rate or gauge' });
    }
    for (const problem of templateProblems(given)) {
      // A semicolon stands between problems.
      context.addIssue({ code: 'custom', path: ['query'], message: problem.replaceAll('; ', ', ') });
    }
  });

export const prometheus = z
  .strictObject({
    url: prometheusUrl,
    discovery: z
      .strictObject({
        namespaces: z
          .array(name('a namespace'))
          .prefault([])
          .describe(
            `Without url: namespaces, beside the release's own, whose Services may be taken for Prometheus; [] is ${USUAL_NAMESPACES.join(', ')}`,
          ),
      })
      .prefault({}),
    bearerTokenFile: optionalText('File with a bearer token; read again when it changes'),
    basic: z
      .strictObject({
        user: optionalText('User of basic authentication'),
        userFile: optionalText('File with the user, instead of user'),
        passwordFile: optionalText('File with the password'),
      })
      .superRefine(({ user, userFile, passwordFile }, context) => {
        if (user !== undefined && userFile !== undefined) context.addIssue('expected user or userFile, not both');
        const hasUser = user !== undefined || userFile !== undefined;
        if (hasUser !== (passwordFile !== undefined)) {
          context.addIssue('expected a user (user or userFile) together with passwordFile, or neither');
        }
      })
      .prefault({}),
    tls: z
      .strictObject({
        caFile: optionalText('Certificate authorities (PEM) to trust instead of the system ones'),
        certFile: optionalText('Client certificate (PEM)'),
        keyFile: optionalText('Key of the client certificate (PEM)'),
      })
      .superRefine(({ certFile, keyFile }, context) => {
        if ((certFile === undefined) !== (keyFile === undefined)) {
          context.addIssue('expected certFile and keyFile together, or neither');
        }
      })
      .prefault({}),
    headers,
    headerFiles,
    templates: z
      .record(
        name("a template's name").refine(
          (text) => !['cpu', 'memory', 'gpu', 'query'].includes(text),
          'expected a name other than cpu, memory, gpu and query',
        ),
        template,
      )
      .prefault({})
      .describe('PromQL that workloads may choose by name, and all that they may choose'),
  })
  .superRefine(({ url, bearerTokenFile, basic, tls, headers, headerFiles }, context) => {
    const twice = Object.keys(headerFiles).find((one) =>
      Object.keys(headers).some((other) => other.toLowerCase() === one.toLowerCase()),
    );
    if (twice !== undefined) context.addIssue(`found ${twice} in headers and headerFiles, expected it once`);
    if (bearerTokenFile !== undefined && basic.passwordFile !== undefined) {
      context.addIssue('expected bearerTokenFile or basic, not both');
    }
    if (url !== undefined) return;
    // Whoever may label a Service could be found, and be given them.
    const given = [
      ...(bearerTokenFile === undefined ? [] : ['bearerTokenFile']),
      ...(basic.passwordFile === undefined ? [] : ['basic']),
      ...(tls.certFile === undefined ? [] : ['tls.certFile']),
      ...(Object.keys(headers).length === 0 ? [] : ['headers']),
      ...(Object.keys(headerFiles).length === 0 ? [] : ['headerFiles']),
    ];
    if (given.length === 0) return;
    const what = given.join(' and ');
    context.addIssue(`found ${what} without url: credentials and headers go to a named address only, expected url`);
  })
  .prefault({});
