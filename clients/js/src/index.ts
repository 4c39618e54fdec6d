export { type OpenPondKadDHTOptions, PROTOCOL, openpondKadDHT } from './kad-dht.js'
export { type PublishOptions, type Published, providerCID, publish } from './publish.js'
export { type Publishing, type PublishingOptions, startPublishing } from './publishing.js'
export { type Found, type LookupOptions, lookup } from './lookup.js'
export { type Ready, type WaitForDHTOptions, waitForDHT } from './readiness.js'
export { dialableAddresses } from './addresses.js'
export { type ConnectionLike, dialAgent } from './dial.js'
export { type KnownAgent, getDHTRecords } from './directory.js'
export {
  type AgentRecord, type RecordDraft, type RecordSigner, type VerifyOptions,
  DEFAULT_LIFETIME_MS, compareRecords, compareTestRecords, signRecord, testValue, verifyRecord, verifyTestRecord
} from './records.js'
export { type Selector, type Validator, type ValidatorOptions, selectors, validators } from './namespaces.js'
export { type LowercaseAddress, ethKey, testKey } from './keys.js'
export type { OperationOptions } from './deadline.js'
export type { DHTEvent, DHTNode, DHTService, PeerIdLike } from './node.js'
export {
  type FailedAddress, type FailedPeer, type OpenPondErrorCode, type RecordErrorCode,
  DialFailedError, InvalidArgumentError, NotReadyError, NotStoredError, OpenPondError, QueryFailedError, RecordError, TimeoutError
} from './errors.js'
