import type { Logger } from '@rackwright/core';
import express, { type ErrorRequestHandler, type Express } from 'express';

/** What an app answers: adds its paths, and may see what comes for later ones first. */
export type Routes = (app: Express) => void;

/**
 * An express app that answers what `routes` add, in that order. It tells
 * nothing of itself: no version, no stack traces; what goes wrong is logged.
 */
export function webApp(logger: Logger, ...routes: readonly Routes[]): Express {
  const app = express()
    .set('env', 'production')
    .disable('x-powered-by')
    .disable('etag')
    .set('query parser', 'simple');
  for (const add of routes) add(app);
  return app.use(failure(logger));
}

/** Express takes a handler with four parameters for one of errors; its own would write to the console. */
function failure(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    logger.warn('http request failed', { path: request.path, error });
    if (response.headersSent) next(error);
    else response.status(500).type('text/plain').end('internal error\n');
  };
}
