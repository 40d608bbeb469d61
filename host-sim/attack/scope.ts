/**
 * Published vulnerabilities of infusion pumps that a gate in the pump's controller stops in part or not at all, with why. What it
 * stops is in the attacks beside this file. The judgement is this project's, not the advisories'.
 */
export interface ScopeRow {
  readonly ids: readonly string[];
  readonly product: string;
  /** The published cause, in a few words. */
  readonly cause: string;
  /** `partly`: what it does to a dose is refused or bounded; `no`: it happens where the gate is not. */
  readonly gate: "partly" | "no";
  /** What is stopped, and what is not. */
  readonly why: string;
}

const cves = (...numbers: readonly string[]): string[] => numbers.map((number) => `CVE-${number}`);

/** By year. */
export const SCOPE: readonly ScopeRow[] = [
  {
    ids: cves("2015-3459"),
    product: "Hospira LifeCare PCA",
    cause: "telnet shell without password",
    gate: "partly",
    why: "root on the communication side signs nothing; root on the controller that embeds the gate drives the motor without it",
  },
  {
    ids: cves("2015-1011"),
    product: "Hospira LifeCare PCA",
    cause: "hard-coded credentials",
    gate: "partly",
    why: "a password is no signing key, so no dose follows from it; what else the account opens is outside",
  },
  {
    ids: cves("2015-1012", "2015-3952"),
    product: "Hospira LifeCare, Plum, Symbiq",
    cause: "wireless keys stored in clear",
    gate: "no",
    why: "the key opens the network, which the gate never trusted; it cannot keep the key secret",
  },
  {
    ids: cves("2015-3953"),
    product: "Hospira Plum A+, Symbiq",
    cause: "hard-coded accounts",
    gate: "partly",
    why: "an account is no signing key, so no dose follows from it; what else it opens is outside",
  },
  {
    ids: cves("2015-3955"),
    product: "Hospira LifeCare PCA",
    cause: "stack overflow, code execution",
    gate: "partly",
    why: "the gate's own parsers are bounded and fuzzed; a host that is taken over can bypass a gate in the same processor",
  },
  {
    ids: cves("2015-3957"),
    product: "Hospira Plum A+, Symbiq",
    cause: "private keys stored in the pump",
    gate: "partly",
    why: "the pump holds public keys and replaces them by root document; keys of other services in it are outside",
  },
  {
    ids: cves("2015-3958"),
    product: "Hospira Plum A+, Symbiq",
    cause: "flood of packets, reboot",
    gate: "partly",
    why: "verification is rationed, and a reboot loses no dose, no version and no log; the network stack may still fall over",
  },
  {
    ids: cves("2016-8375"),
    product: "BD Alaris 8000, 8015",
    cause: "wireless credentials in removable flash",
    gate: "no",
    why: "credentials of the network are not the gate's to keep",
  },
  {
    ids: cves("2016-5084"),
    product: "Animas OneTouch Ping",
    cause: "radio traffic in clear",
    gate: "no",
    why: "the gate proves who ordered, it hides nothing: whoever listens reads doses, though no names",
  },
  {
    ids: cves("2017-12718"),
    product: "Smiths Medfusion 4000",
    cause: "overflow in a third-party component of the communication module",
    gate: "partly",
    why: "a communication module that is taken over can forge nothing, if the gate runs in a controller of its own",
  },
  {
    ids: cves("2017-12720"),
    product: "Smiths Medfusion 4000",
    cause: "file server without authentication",
    gate: "partly",
    why: "an uploaded library has to be signed; other files are outside",
  },
  {
    ids: cves("2017-12724", "2017-12726"),
    product: "Smiths Medfusion 4000",
    cause: "hard-coded credentials of services",
    gate: "partly",
    why: "logging in is not signing: libraries and commands are refused; the service itself is outside",
  },
  {
    ids: cves("2017-12725"),
    product: "Smiths Medfusion 4000",
    cause: "hard-coded wireless credentials",
    gate: "partly",
    why: "the pump may be led into a false network, from which nothing unsigned is accepted",
  },
  {
    ids: cves("2017-12723"),
    product: "Smiths Medfusion 4000",
    cause: "password in a configuration file",
    gate: "no",
    why: "the file is not the gate's",
  },
  {
    ids: cves("2018-10634"),
    product: "Medtronic remote controllers",
    cause: "traffic in clear, serial number readable",
    gate: "no",
    why: "the gate hides nothing; a serial number is no secret to it",
  },
  {
    ids: cves("2019-10959"),
    product: "BD Alaris Gateway Workstation",
    cause: "firmware upload by anybody",
    gate: "partly",
    why: "a gateway that is taken over can sign neither library nor command; its own firmware is outside",
  },
  {
    ids: cves("2019-10962"),
    product: "BD Alaris Gateway Workstation",
    cause: "web pages without authentication",
    gate: "partly",
    why: "what the gateway may configure of a dose has to be signed; the pages are outside",
  },
  {
    ids: cves("2019-11479"),
    product: "BD Alaris PC Unit",
    cause: "denial of service in the network stack",
    gate: "no",
    why: "the stack is outside; therapy goes on, as no grant waits for the network",
  },
  {
    ids: cves("2019-12255"),
    product: "Pumps on VxWorks (URGENT/11)",
    cause: "code execution in the network stack",
    gate: "partly",
    why: "only where the stack and the gate's controller are different processors",
  },
  {
    ids: cves("2020-12039"),
    product: "Baxter Sigma Spectrum",
    cause: "hard-coded passwords of the biomedical menu",
    gate: "partly",
    why: "nothing of a dose is configured behind a password, since configuration is signed; the menu is outside",
  },
  {
    ids: cves("2020-12041", "2020-12043", "2020-12045", "2020-12047"),
    product: "Baxter Sigma Spectrum wireless battery module",
    cause: "services with fixed credentials and wide permissions",
    gate: "partly",
    why: "the module is a part of the network to the gate: it can withhold and delay, not forge",
  },
  {
    ids: cves("2020-25165"),
    product: "BD Alaris 8015 and Systems Manager",
    cause: "session flaw, loss of the wireless link",
    gate: "no",
    why: "the link is outside; therapy goes on and the panel works without it",
  },
  {
    ids: cves("2020-25150", "2020-16238", "2020-25152", "2020-25158", "2020-25162"),
    product: "B. Braun SpaceCom",
    cause: "path traversal, injection, session flaws, root",
    gate: "partly",
    why: "a communication module that is taken over can forge nothing; its own flaws are outside",
  },
  {
    ids: cves("2020-27256"),
    product: "SOOIL Dana RS",
    cause: "hard-coded physician PIN",
    gate: "partly",
    why: "settings of therapy are signed libraries and orders, not a PIN; menus of the host are outside",
  },
  {
    ids: cves("2020-27258"),
    product: "SOOIL Dana RS",
    cause: "PIN readable by radio",
    gate: "partly",
    why: "a PIN is no authority to the gate; that it can be read is outside",
  },
  {
    ids: cves("2021-27499"),
    product: "Ypsomed app and cloud",
    cause: "initialisation vectors that are not random",
    gate: "partly",
    why: "what reaches the pump is signed whatever the encryption does; app and cloud are outside",
  },
  {
    ids: cves("2021-33883"),
    product: "B. Braun SpaceCom2",
    cause: "internal configuration sent in clear",
    gate: "no",
    why: "the gate hides nothing",
  },
  {
    ids: cves("2021-33884"),
    product: "B. Braun SpaceCom2",
    cause: "upload of any file",
    gate: "partly",
    why: "the gate takes objects of 8 KiB at most and only signed ones; the file system of its host is outside",
  },
  {
    ids: cves("2021-33886"),
    product: "B. Braun SpaceCom2",
    cause: "format string, shell",
    gate: "partly",
    why: "a shell on the communication module signs nothing; the module is outside",
  },
  {
    ids: cves("2021-23233", "2021-23196", "2021-33843", "2021-41835", "2021-31562", "2021-23236"),
    product: "Fresenius Kabi Agilia Link+ and WiFi",
    cause: "missing authentication, weak TLS, denial of service",
    gate: "partly",
    why: "a gateway is not trusted, and TLS not relied upon; availability of the link is outside",
  },
  {
    ids: cves("2022-26390", "2022-26392", "2022-26393"),
    product: "Baxter wireless battery module",
    cause: "data stored in clear, format strings",
    gate: "no",
    why: "the module's memory is not the gate's",
  },
  {
    ids: cves("2022-47376"),
    product: "BD Alaris Infusion Central",
    cause: "recoverable database password",
    gate: "no",
    why: "the server is outside; it holds no key that the pump trusts",
  },
  {
    ids: cves("2023-0888"),
    product: "B. Braun battery pack with WiFi",
    cause: "code injection, administrator",
    gate: "partly",
    why: "the battery pack is a part of the network to the gate: it can withhold and delay, not forge",
  },
  {
    ids: cves("2023-30559"),
    product: "BD Alaris PC Unit",
    cause: "firmware of the wireless card not properly signed",
    gate: "no",
    why: "firmware is the boot loader's to check",
  },
  {
    ids: cves("2023-30563", "2023-30564", "2023-30565", "2018-1285"),
    product: "BD Alaris Systems Manager and CQI Reporter",
    cause: "cross-site scripting, traffic in clear, XML entities",
    gate: "no",
    why: "the servers are outside",
  },
];
