import { z } from 'zod';

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\]):/;

export const consoleConfig = z
  .strictObject({
    enabled: z
      .boolean()
      .prefault(true)
      .describe('Serve the console: its pages, and the API that status and explain use'),
    listen: z
      .string()
      .regex(/^(\S*):\d{1,5}$/, 'expected host:port, such as 127.0.0.1:8082')
      .prefault('127.0.0.1:8082')
      .describe("Its address. On the pod's loopback who may forward a port to the pod may read"),
    auth: z
      .enum(['none', 'token'])
      .prefault('none')
      .describe('token: readers bring a token of the cluster, and see what its owner may get; needed beyond loopback'),
  })
  .refine(({ enabled, listen, auth }) => !enabled || auth === 'token' || LOOPBACK.test(listen), {
    path: ['listen'],
    error: 'expected an address on loopback, such as 127.0.0.1:8082, or auth: token: anybody could read it there',
  })
  .prefault({});
