import { KubeClient } from '@rackwright/kube';

/** A client that writes down every call but those that feed the caches. */
export class CountingClient extends KubeClient {
  calls: string[] = [];

  override get: KubeClient['get'] = (type, key, options) => {
    this.calls.push(`get ${type.plural} ${key.name}`);
    return super.get(type, key, options);
  };

  override create: KubeClient['create'] = (type, object, options) => {
    this.calls.push(`create ${type.plural}`);
    return super.create(type, object, options);
  };

  override apply: KubeClient['apply'] = (type, object, options) => {
    this.calls.push(`apply ${type.plural} ${object.metadata?.name}`);
    return super.apply(type, object, options);
  };

  override patch: KubeClient['patch'] = (type, key, patch, options) => {
    this.calls.push(`patch ${type.plural} ${key.name}`);
    return super.patch(type, key, patch, options);
  };

  override update: KubeClient['update'] = (type, object, options) => {
    this.calls.push(`update ${type.plural} ${object.metadata?.name}`);
    return super.update(type, object, options);
  };

  override delete: KubeClient['delete'] = (type, key, options) => {
    this.calls.push(`delete ${type.plural} ${key.name}`);
    return super.delete(type, key, options);
  };
}
