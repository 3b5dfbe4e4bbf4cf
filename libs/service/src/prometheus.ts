/// <reference path="./external.d.ts" />
/**
 * The parts of prom-client an app needs. Import them from here: prom-client's
 * own index also loads its cluster, push gateway and default metrics modules,
 * which cost every process 5 MiB.
 */
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';
import Registry from 'prom-client/lib/registry.js';

export { Counter, Gauge, Histogram, Registry };
