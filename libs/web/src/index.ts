export { type Routes, webApp } from './app.ts';
export { type BindAddress, parseBindAddress } from './bind-address.ts';
export { type CertificateSource, fixedCertificate, type ServingCertificate } from './certificate.ts';
export {
  type CertificateFacts,
  certificatesOf,
  factsOf,
  factsOfPair,
  type KeyPair,
} from './certificate-facts.ts';
export { type CertificateFiles, CertificateReader, readCertificate } from './certificate-files.ts';
export { healthRoutes } from './health-routes.ts';
export { HttpServer, type HttpServerOptions, type ServerLimits } from './http-server.ts';
export { type Issuer, loadIssuer } from './issuer.ts';
export { type JsonHandler, type JsonReply, type JsonRoutesOptions, jsonRoutes } from './json-routes.ts';
export { metricsRoutes } from './metrics-routes.ts';
export { serverOptions } from './options.ts';
export { onlyScrapers, ScrapeAccess } from './scrape-access.ts';
export { selfSignedCertificate } from './self-signed.ts';
export { healthServers, inSandbox, metricsServers } from './servers.ts';
