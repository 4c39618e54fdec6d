// A node as OpenPond's document has it, so much of it as the README changes: the tests apply the README's diffs to this file. What is written here works on no
// version of js-libp2p.
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { identify } from "@libp2p/identify";
import { kadDHT } from "@libp2p/kad-dht";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { privateKeyToAccount } from "viem/accounts";

const Logger = {
  info: (_part: string, _message: string) => {},
  warn: (_part: string, message: string) => console.warn(message),
};

export class P2PNetwork {
  node: any;
  private account: any;
  private knownPeerToEthMap: Map<string, string> = new Map();
  private knownAgentNames: Map<string, string> = new Map();

  constructor(
    privateKey: `0x${string}`,
    private agentName: string,
    private networkName: string,
    private bootstrapNodes: string[],
  ) {
    this.account = privateKeyToAccount(privateKey);
  }

  async start() {
    this.node = await createLibp2p({
      addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      // js-libp2p refuses more than 5 connections a second from one host, and on loopback all are the same.
      connectionManager: { inboundConnectionThreshold: 10_000, maxIncomingPendingConnections: 10_000 },
      services: {
          identify: identify(),
          dht: kadDHT({
            clientMode: !this.agentName.startsWith("bootstrap-"),
            protocol: "/openpond/kad/1.0.0",
            maxInboundStreams: 5000,
            maxOutboundStreams: 5000,
            kBucketSize: this.agentName.startsWith("bootstrap-") ? 200 : 20,
            allowQueryWithZeroPeers: true,
          }),
      },
    });
    await this.startDiscovery();
    if (!this.agentName.startsWith("bootstrap-")) {
      await this.waitForDHT();
      await this.startDHTMaintenance();
    }
  }

  private async startDiscovery() {
    for (const addr of this.bootstrapNodes) {
      try {
        await this.node.dial(multiaddr(addr));
      } catch (error) {
        continue;
      }
    }
  }

  private async startDHTMaintenance() {
    // Publish presence immediately
    await this.publishToDHT();

    // Periodic maintenance
    setInterval(async () => {
      await this.publishToDHT();
      await this.updateDHTRecords();
    }, 60_000);
  }

  private async publishToDHT() {
    const ethKey = `/eth/${this.account.address.toLowerCase()}`;
    const encodedKey = new TextEncoder().encode(ethKey);

    // Provide record to DHT
    for await (const result of this.node.services.dht.provide(encodedKey)) {
      if (result.type === "FINAL_PEER") {
        Logger.info("P2P", "Successfully provided presence to DHT");
      }
    }
  }

  private async updateDHTRecords() {}

  public async getDHTRecords(): Promise<Record<string, any>> {
    const records: Record<string, any> = {};
    const peers = this.node.getPeers();

    // Use local peer mappings
    for (const [peerId, ethAddr] of this.knownPeerToEthMap.entries()) {
      records[ethAddr.toLowerCase()] = {
        peerId,
        timestamp: Date.now(),
        agentId: ethAddr,
        agentName: this.knownAgentNames.get(ethAddr.toLowerCase()) ||
                   `Agent ${ethAddr.slice(0, 6)}`,
      };
    }

    return records;
  }

  private async waitForDHT(): Promise<void> {
    for (let i = 0; i < 10; i++) {
      const testKey = `/test/${this.node.peerId.toString()}`;
      await this.node.services.dht.put(testKey, new TextEncoder().encode(JSON.stringify({ timestamp: Date.now() })));
      if ((await this.node.services.dht.get(testKey)) instanceof Uint8Array) return;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  async stop() {
    await this.node.stop();
  }
}
