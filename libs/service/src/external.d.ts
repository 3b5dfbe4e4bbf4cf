// Single modules of winston and prom-client, imported by path because their
// index files load much that is never used (see logger.ts, prometheus.ts).

declare module 'winston/lib/winston/create-logger.js' {
  import { createLogger } from 'winston';
  export = createLogger;
}

declare module 'prom-client/lib/registry.js' {
  import { Registry } from 'prom-client';
  export = Registry;
}

declare module 'prom-client/lib/gauge.js' {
  import { Gauge } from 'prom-client';
  export = Gauge;
}

declare module 'prom-client/lib/counter.js' {
  import { Counter } from 'prom-client';
  export = Counter;
}

declare module 'prom-client/lib/histogram.js' {
  import { Histogram } from 'prom-client';
  export = Histogram;
}
