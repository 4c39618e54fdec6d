// A js-libp2p 3 peer of the contract in ../README.md.
import { main } from '../js/contract/main.mjs'

await main(() => import('./kit.mjs'))
