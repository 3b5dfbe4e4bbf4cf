import type { JsonObject } from '../process/json.ts';

/** What aisinit sets where nothing is said, beside the defaults of aisnode (cmd/aisinit/config.go of AIStore 5.0). */
export const productionConfig: JsonObject = {
  auth: { enabled: false },
  net: {
    l4: { proto: 'tcp', sndrcv_buf_size: 131_072 },
    http: {
      ...{ use_https: false, chunked_transfer: true, idle_conn_time: '20s' },
      ...{ idle_conns_per_host: 128, idle_conns: 4096 },
    },
  },
  memsys: { min_free: '8GiB', default_buf: '64KiB', to_gc: '8GiB', hk_time: '3m' },
  resilver: { enabled: true },
  versioning: { enabled: true, validate_warm_get: false },
  timeout: {
    ...{ cplane_operation: '2s', max_keepalive: '5s', max_host_busy: '20s' },
    ...{ startup_time: '1m', join_startup_time: '3m', send_file_time: '5m' },
  },
};
