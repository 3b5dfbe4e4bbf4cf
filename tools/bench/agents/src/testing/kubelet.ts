export { PlainKubelet } from '@rackwright/kubelet/testing';
