// First, as modules are run in the order of their imports: what it is for, it says.
import './early-signals.ts';

export { absolutePath } from './absolute-path.ts';
export { agentOptions, commonOptions } from './common-options.ts';
export { type ConfigSources, loadConfig } from './config.ts';
export { type ConnectionGuardOptions, guardConnections, keepAliveMs } from './connection-guard.ts';
export {
  HttpEndpoints,
  type HttpEndpointsOptions,
  type HttpHandler,
  type HttpQuery,
  type HttpReply,
  jsonReply,
  type MetricsSource,
} from './endpoints.ts';
export { exitProcess } from './exit-process.ts';
export {
  type CheckResult,
  type CheckState,
  formatHealth,
  HealthChecks,
  type HealthOptions,
  type HealthReport,
} from './health.ts';
export { formatHelp, formatOptionsMarkdown } from './help.ts';
export { type HostWatchOptions, watchHost } from './host-watch.ts';
export { createLogger, type LoggerOptions, type LogLevel, logLevels } from './logger.ts';
export { createMetrics, type ProcessMetricsOptions } from './metrics.ts';
export { openFilesLimit } from './open-files.ts';
export {
  type ConfigOf,
  defineOptions,
  type OptionSpec,
  type OptionSpecs,
  type OptionType,
  type OptionValue,
} from './option-spec.ts';
export { bindAddress, containerPath, hostRoot } from './paths.ts';
export { Counter, Gauge, Histogram, Registry } from './prometheus.ts';
export { runService } from './run-service.ts';
export { exitCode, type ServiceContext, type ServiceSpec } from './service-lifetime.ts';
export { currentProcess, type ServiceProcess } from './service-process.ts';
export { SharedWork } from './shared-work.ts';
