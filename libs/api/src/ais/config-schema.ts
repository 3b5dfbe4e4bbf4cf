import * as z from 'zod';
import { described, text } from '../schema/fields.ts';
import { bytes, count, duration, flag, percent, section, transfer, word } from './config-fields.ts';
import { networkSection, securitySection } from './config-network.ts';

const tracker = (whose: string) =>
  section(
    {
      interval: duration('Time between two signs of life.'),
      name: word('How signs of life are counted: heartbeat or average.'),
      factor: count('How many times the average may pass before a node counts as late.', 255),
    },
    `How ${whose} tell that they live.`,
  );

const limiter = {
  per_op_max_tokens: word('Limits of single operations, such as get:1000,put:500.'),
  interval: duration('Time the limit is for.'),
  max_tokens: count('Requests in that time.'),
  enabled: flag('Whether requests are limited.'),
};

const storage = {
  backend: described(
    z.record(text(63), z.object({})).optional(),
    'Backends in the cloud, by provider: aws, gcp, oci or azure. Those whose Secret spec names are added.',
  ),
  mirror: section(
    {
      enabled: flag('Whether objects are copied within a target.'),
      copies: count('Copies of an object, itself included.'),
      burst_buffer: count('Copies that wait in a queue.'),
    },
    'Copies of objects on other mountpaths of the same target.',
  ),
  ec: section(
    {
      ...transfer,
      objsize_limit: count('Objects below this many bytes are copied in place of being sliced.'),
      data_slices: count('Slices of an object.'),
      parity_slices: count('Slices that may be lost.'),
      enabled: flag('Whether objects are sliced.'),
      disk_only: flag('Whether slicing uses disks only, never memory.'),
    },
    'Erasure coding: slices of objects on other targets.',
  ),
  chunks: section(
    {
      objsize_limit: bytes('Objects from this size on are kept in chunks.'),
      max_monolithic_size: bytes('Largest object in one piece.'),
      chunk_size: bytes('Size of a chunk.'),
      checkpoint_every: count('Chunks after which an upload is written down.'),
      flags: count('Bits that AIStore documents.'),
    },
    'Large objects in chunks.',
  ),
  space: section(
    {
      cleanupwm: percent('Use at which what was deleted is cleaned up.'),
      lowwm: percent('Use down to which objects are evicted.'),
      highwm: percent('Use at which objects are evicted.'),
      out_of_space: percent('Use at which nothing is written any more.'),
      batch_size: count('Objects that are cleaned up at once.'),
      dont_cleanup_time: duration('Time for which what was deleted is kept.'),
    },
    'When disks are cleaned up.',
  ),
  lru: section(
    {
      enabled: flag('Whether objects that nobody reads are evicted.'),
      dont_evict_time: duration('Time for which an object that was read is kept.'),
      capacity_upd_time: duration('Time between two looks at the use of disks.'),
      batch_size: count('Objects that are evicted at once.'),
    },
    'Eviction of objects that a backend has too.',
  ),
  disk: section(
    {
      disk_util_low_wm: count('Load of disks that counts as low, in percent.'),
      disk_util_high_wm: count('Load of disks that counts as high, in percent.'),
      disk_util_max_wm: count('Load of disks above which jobs pause, in percent.'),
      iostat_time_long: duration('Time between two looks at disks that idle.'),
      iostat_time_short: duration('Time between two looks at disks under load.'),
      iostat_time_smooth: duration('Time over which the load is averaged.'),
    },
    'How the load of disks is judged.',
  ),
  checksum: section(
    {
      type: word('Kind of checksum, such as xxhash2; none for no checksums.'),
      validate_cold_get: flag('Whether what comes from a backend is checked.'),
      validate_warm_get: flag('Whether what is read is checked.'),
      validate_obj_move: flag('Whether what moves between targets is checked.'),
      enable_read_range: flag('Whether ranges of objects get a checksum.'),
    },
    'Checksums of objects.',
  ),
  versioning: section(
    {
      enabled: flag('Whether objects have versions.'),
      validate_warm_get: flag('Whether a read looks for a newer version in the backend.'),
      synchronize: flag('Whether what is gone from the backend goes here too.'),
    },
    'Versions of objects.',
  ),
  write_policy: section(
    {
      data: word('When data is written to disk: immediate, delayed or never.'),
      md: word('When metadata of objects is written to disk: immediate, delayed or never.'),
    },
    'When something is written to disk.',
  ),
  fshc: section(
    {
      test_files: count('Files that are read and written to try a mountpath.'),
      error_limit: count('Failures of such a trial after which the mountpath is disabled.'),
      io_err_limit: count('Errors within io_err_time after which a mountpath is tried.'),
      io_err_time: duration('Time in which errors are counted.'),
      enabled: flag('Whether mountpaths with errors are tried and disabled.'),
    },
    'Health of mountpaths.',
  ),
};

const jobs = {
  rebalance: section(
    {
      ...transfer,
      enabled: flag(
        'Whether objects move when targets come or go; without it a target that leaves takes its objects along. The operator switches it off for a while when many targets change.',
      ),
      dest_retry_time: duration('Time for which a target that does not answer is tried.'),
    },
    'Rebalance: objects move to where the cluster map says they belong.',
  ),
  resilver: section(
    { enabled: flag('Whether objects move when mountpaths of a target come or go.') },
    'The same between the mountpaths of a target.',
  ),
  get_batch: section(
    {
      ...transfer,
      max_wait: duration('Time for which an object of a batch is waited for.'),
      warmup_workers: count('Workers that read ahead.'),
      max_soft_errs: count('Objects of a batch that may be missing.'),
      max_gfn: count('Objects of a batch that are looked for at neighbours.'),
    },
    'Reading many objects at once.',
  ),
  downloader: section({ timeout: duration('Time for which a download may stand still.') }, 'Downloads.'),
  distributed_sort: section(
    {
      ...transfer,
      duplicated_records: word('What to do about records that are there twice: ignore, warn or abort.'),
      missing_shards: word('What to do about shards that are missing: ignore, warn or abort.'),
      ekm_malformed_line: word('What to do about a line of the key map that cannot be read.'),
      ekm_missing_key: word('What to do about a key that is not in the map.'),
      default_max_mem_usage: word('Memory a target may use, such as 80%.'),
      call_timeout: duration('Time for which another target is waited for.'),
      dsorter_mem_threshold: word('Free memory below which disks are used, such as 100GB.'),
    },
    'Sorting of shards over the cluster.',
  ),
  tcb: section(transfer, 'Copies and changes of buckets.'),
  tco: section(transfer, 'Copies and changes of many objects.'),
  arch: section(transfer, 'Archives made of objects.'),
  lso: section(
    {
      ...transfer,
      walk_buffer: count('Names that are read ahead.'),
      idle_time: duration('Time after which a listing that nobody reads ends.'),
      quiescent: duration('Time of silence after which a listing ends.'),
    },
    'Listing of objects.',
  ),
};

const operation = {
  log: section(
    {
      level: word('How much is logged, from 1 to 5, as text.'),
      to_stderr: flag('Whether logs go to the standard error of the container.'),
      max_size: bytes('Size at which a log file is closed.'),
      max_total: bytes('Size of all log files of a node; its pod requests some more of ephemeral storage.'),
      flush_time: duration('Time between two writes of logs.'),
      stats_time: duration('Time between two entries of statistics.'),
    },
    'Logs.',
  ),
  periodic: section(
    {
      stats_time: duration('Time between two looks at statistics.'),
      retry_sync_time: duration('Time after which metadata is sent again to who did not answer.'),
      notif_time: duration('Time between two reports of jobs.'),
    },
    'What is done again and again.',
  ),
  tracing: section(
    {
      exporter_endpoint: word('Address that takes traces, over gRPC.'),
      exporter_auth: section(
        {
          token_header: word('Header of the token.'),
          token_file: word('File of the token; spec.tracingTokenSecretName is mounted at /var/traces.'),
        },
        'Token that is sent with traces.',
      ),
      service_name_prefix: word('What the names of services in traces begin with.'),
      attributes: described(z.record(text(256), text()).optional(), 'Attributes of every trace.'),
      sampler_probability: word('Share of requests that are traced, such as 0.1.'),
      enabled: flag('Whether requests are traced.'),
      skip_verify: flag('Whether any certificate of that address is taken.'),
    },
    'Traces (OpenTelemetry). Nodes read it when they start.',
  ),
  timeout: section(
    {
      cplane_operation: duration('Time for a call between nodes. Nodes read it when they start.'),
      max_keepalive: duration('Longest silence of a node. Nodes read it when they start.'),
      max_host_busy: duration('Time for which a busy node is waited for.'),
      startup_time: duration('Time in which a cluster starts.'),
      join_startup_time: duration('Time in which a node joins a cluster that starts.'),
      send_file_time: duration('Time in which an object is sent.'),
      ec_streams_time: duration('Time after which streams of erasure coding close.'),
      object_md: duration('Time for a look at the metadata of an object.'),
      cold_get_conflict: duration('Time for which somebody else that reads from the backend is waited for.'),
    },
    'How long nodes wait.',
  ),
  client: section(
    {
      client_timeout: duration('Time for an ordinary request.'),
      client_long_timeout: duration('Time for a long one.'),
      list_timeout: duration('Time for a listing.'),
    },
    'How long clients wait.',
  ),
  keepalivetracker: section(
    {
      proxy: tracker('proxies'),
      target: tracker('targets'),
      num_retries: count('How often a late node is asked.'),
      retry_factor: count('How many times longer each try waits.', 255),
    },
    'How nodes know that others live.',
  ),
  transport: section(
    {
      max_header: count('Largest header, in bytes. Nodes read it when they start.'),
      burst_buffer: count('Objects that wait in a queue. Nodes read it when they start.'),
      idle_teardown: duration('Time after which an idle stream closes.'),
      quiescent: duration('Time of silence after which a job ends.'),
      lz4_block: bytes('Block of the compression.'),
      lz4_frame_checksum: flag('Whether compressed frames have a checksum.'),
    },
    'Streams between targets.',
  ),
  memsys: section(
    {
      min_free: bytes('Memory that stays free. Nodes read it when they start.'),
      default_buf: bytes('Buffer for data.'),
      to_gc: bytes('Memory after which garbage is collected.'),
      hk_time: duration('Time between two rounds of housekeeping.'),
      min_pct_total: count('Memory that stays free, in percent of all.'),
      min_pct_free: count('The same, in percent of what is free at the start.'),
    },
    'Memory.',
  ),
  proxy: section(
    {
      primary_url: word('Without effect: the operator sets it when the cluster starts.'),
      original_url: word('Without effect: the operator sets it when the cluster starts.'),
      discovery_url: word('Without effect: the operator sets it when the cluster starts.'),
      non_electable: flag('Whether a proxy is never the primary.'),
    },
    'Proxies.',
  ),
  rate_limit: section(
    {
      backend: section(
        { ...limiter, num_retries: count('How often a request that a backend put off is made.') },
        'Requests to backends.',
      ),
      frontend: section(
        { ...limiter, burst_size: count('Requests at once beyond the limit.') },
        'Requests of clients.',
      ),
    },
    'Limits of requests.',
  ),
  features: word('Feature flags as AIStore writes them, a number as text.'),
};

/**
 * `.spec.configToUpdate`: part of AIStore's cluster configuration, under its
 * names. Unknown sections are dropped by the API server, and AIStore would
 * refuse them.
 */
export const configSchema = z.object({
  ...storage,
  ...jobs,
  ...operation,
  net: networkSection,
  auth: securitySection,
});
