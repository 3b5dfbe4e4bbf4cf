import type { JsonObject } from '../process/json.ts';

const KiB = 2 ** 10;
const burst = { burst_buffer: 512 };
const wire = { compression: 'never', bundle_multiplier: 2 };

/**
 * Every section of a cluster's configuration with the values AIStore 4.9 has where nothing is said
 * (github.com/NVIDIA/aistore, cmn/config.go and deploy/dev/local/aisnode_config.sh). Its keys are
 * the ones that may be set.
 */
export const defaultConfig: JsonObject = {
  backend: {},
  mirror: { copies: 2, ...burst, enabled: false },
  ec: {
    ...{ objsize_limit: 262_144, data_slices: 1, parity_slices: 1, ...burst, ...wire },
    ...{ enabled: false, disk_only: false },
  },
  get_batch: { max_wait: '30s', warmup_workers: 2, max_soft_errs: 6, max_gfn: 5, ...burst, ...wire },
  log: {
    level: '3',
    max_size: '4MiB',
    max_total: '128MiB',
    flush_time: '40s',
    stats_time: '60s',
    to_stderr: false,
  },
  periodic: { stats_time: '10s', notif_time: '30s', retry_sync_time: '2s' },
  tracing: {
    ...{ enabled: false, exporter_endpoint: '', exporter_auth: {}, service_name_prefix: '', attributes: {} },
    ...{ sampler_probability: '1.0', skip_verify: false },
  },
  timeout: {
    ...{ cplane_operation: '2s', max_keepalive: '4s', cold_get_conflict: '5s', max_host_busy: '20s' },
    ...{ startup_time: '1m', join_startup_time: '3m', send_file_time: '5m', object_md: '2h' },
    ...{ ec_streams_time: '10m' },
  },
  client: { client_timeout: '10s', client_long_timeout: '30m', list_timeout: '3m' },
  space: {
    cleanupwm: 65,
    lowwm: 75,
    highwm: 90,
    out_of_space: 95,
    batch_size: 32_768,
    dont_cleanup_time: '120m',
  },
  lru: { dont_evict_time: '120m', capacity_upd_time: '10m', batch_size: 32_768, enabled: false },
  disk: {
    ...{ iostat_time_long: '2s', iostat_time_short: '100ms', iostat_time_smooth: '8s' },
    ...{ disk_util_low_wm: 20, disk_util_high_wm: 80, disk_util_max_wm: 95 },
  },
  rebalance: { enabled: true, dest_retry_time: '2m', ...burst, ...wire },
  resilver: { enabled: true },
  checksum: {
    ...{ type: 'xxhash2', validate_cold_get: false, validate_warm_get: false },
    ...{ validate_obj_move: false, enable_read_range: false },
  },
  versioning: { enabled: true, validate_warm_get: false, synchronize: false },
  net: {
    l4: { proto: 'tcp', sndrcv_buf_size: 128 * KiB },
    http: {
      ...{ server_crt: '', server_key: '', domain_tls: '', client_ca_tls: '', client_auth_tls: 0 },
      ...{ idle_conn_time: '20s', idle_conns_per_host: 128, idle_conns: 4096 },
      ...{ write_buffer_size: 0, read_buffer_size: 0, use_https: false, skip_verify: false },
      chunked_transfer: true,
    },
  },
  fshc: { enabled: true, test_files: 4, error_limit: 2, io_err_limit: 10, io_err_time: '10s' },
  chunks: {
    objsize_limit: 0,
    chunk_size: '1GiB',
    max_monolithic_size: '1TiB',
    checkpoint_every: 4,
    flags: '0',
  },
  auth: {
    ...{ enabled: false, signature: { key: '', method: '' }, required_claims: { aud: [] } },
    oidc: { allowed_iss: [], issuer_ca_bundle: '' },
    cluster_key: { enabled: false, ttl: '24h', nonce_window: '1m', rotation_grace: '1m' },
  },
  keepalivetracker: {
    proxy: { interval: '10s', name: 'heartbeat', factor: 3 },
    target: { interval: '10s', name: 'heartbeat', factor: 3 },
    ...{ num_retries: 3, retry_factor: 4 },
  },
  downloader: { timeout: '1h' },
  distributed_sort: {
    ...{ duplicated_records: 'ignore', missing_shards: 'ignore', ekm_malformed_line: 'abort' },
    ...{ ekm_missing_key: 'abort', default_max_mem_usage: '80%', dsorter_mem_threshold: '100GB' },
    ...{ call_timeout: '10m', ...wire },
  },
  transport: {
    ...{ max_header: 4096, idle_teardown: '4s', quiescent: '10s', lz4_block: '256KiB' },
    ...{ lz4_frame_checksum: false, burst_buffer: 512 },
  },
  memsys: {
    ...{ min_free: '2GiB', default_buf: '32KiB', to_gc: '4GiB', hk_time: '90s' },
    ...{ min_pct_total: 0, min_pct_free: 0 },
  },
  tcb: { ...burst, ...wire },
  tco: { ...burst, ...wire },
  arch: { ...burst, ...wire },
  write_policy: { data: '', md: '' },
  proxy: { primary_url: '', original_url: '', discovery_url: '', non_electable: false },
  rate_limit: {
    backend: { num_retries: 3, interval: '1m', per_op_max_tokens: '', max_tokens: 1000, enabled: false },
    frontend: { burst_size: 375, interval: '1m', per_op_max_tokens: '', max_tokens: 1000, enabled: false },
  },
  features: '0',
};

/** Names of AIStore 5.0 for keys 4.9 calls otherwise; the old ones are read until 5.1. */
export const renamedKeys: JsonObject = {
  auth: { client_auth_required: 'enabled', intra_cluster: 'cluster_key' },
};
