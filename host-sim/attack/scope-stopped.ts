/** Published vulnerabilities whose effect on dose or library a gate refuses, with the attack of this project that shows it. */
import { findAttack } from "./index.js";
import type { ScopeRow } from "./scope.js";
import { cves } from "./scope-limited.js";

/** Of an attack that is tried as itself. `others`: ids of the same product with the same cause. */
function own(id: string, why: string, others: readonly string[] = []): ScopeRow {
  const { product, cause } = findAttack(id);
  return { ids: [id, ...others], product, cause, gate: "yes", why, tried: id };
}

/** By year. */
export const STOPPED: readonly ScopeRow[] = [
  own(
    "CVE-2014-5403",
    "no key of the pump is one that a server holds; a stolen signing key is one of two, and is taken back",
  ),
  own(
    "CVE-2014-5406",
    "libraries and configuration have to be signed; software updates are the boot loader's",
  ),
  {
    ids: cves("2014-5400", "2014-5401", "2014-5405"),
    product: "Hospira MedNet",
    cause: "credentials in clear, code execution, database password",
    gate: "yes",
    why: "a server that is taken over holds no key that the pump trusts, so no dose follows from it; its data are outside",
    tried: "CVE-2014-5403",
  },
  {
    ids: cves("2015-3954"),
    product: "Hospira Plum A+, Symbiq",
    cause: "telnet shell through which commands can be given",
    gate: "yes",
    why: "commands have to be signed, wherever they come from; what else the shell can do to the communication side is outside",
    tried: "CVE-2015-3956",
  },
  own(
    "CVE-2015-3956",
    "every object that reaches the pump has to be signed, new, and for this pump; firmware is the boot loader's",
  ),
  own("CVE-2015-3965", "a key signs what its role and its mask allow, and there is no other function"),
  own(
    "CVE-2016-9355",
    "library and state are proved at every use, the log is sealed; the application is the boot loader's",
  ),
  own(
    "CVE-2016-5085",
    "nothing is paired: keys come with the root document, and challenges need no luck to be different",
  ),
  own("CVE-2016-5086", "a command is good once, in one session, on one pump, for its life"),
  own(
    "CVE-2017-12721",
    "what is signed is the object, not the connection, so whoever stands between can only withhold it",
  ),
  own("CVE-2018-14781", "a bolus is good once, however often it arrives"),
  own("CVE-2018-14786", "every port asks for a signature, the serial one too"),
  own(
    "CVE-2019-10964",
    "what is injected, replayed or modified is no command; reading along and jamming are outside",
  ),
  {
    ids: cves("2020-10627"),
    product: "Insulet Omnipod",
    cause: "flaw in the authentication of the radio",
    gate: "yes",
    why: "settings and doses have to be signed for this pump and this session, whatever the radio believes",
    tried: "CVE-2019-10964",
  },
  {
    ids: cves("2020-12040"),
    product: "Baxter Sigma Spectrum",
    cause: "unauthenticated protocol in clear",
    gate: "yes",
    why: "who stands between can change nothing that is signed; reading along is outside",
    tried: "CVE-2017-12721",
  },
  own(
    "CVE-2020-25166",
    "signatures are verified strictly, and the key decides the algorithm; firmware is the boot loader's",
  ),
  own("CVE-2020-27264", "keys have 256 bits and follow from nothing; guesses are rationed"),
  own(
    "CVE-2020-27266",
    "every limit is judged in the pump, from the signed library, whoever asks",
    cves("2020-27268"),
  ),
  own("CVE-2020-27269", "nothing that was sent once is good again"),
  {
    ids: cves("2020-27270", "2020-27272", "2020-27276"),
    product: "SOOIL Dana RS and AnyDana",
    cause: "key exchange without authentication of who takes part",
    gate: "yes",
    why: "there is no key exchange: public keys are pinned by the root document; the radio's secrecy is outside",
    tried: "CVE-2022-32537",
  },
  own(
    "CVE-2021-33882",
    "configuration is a signed command by a key of that role, or part of root document and library",
  ),
  own(
    "CVE-2021-33885",
    "all data from which a dose follows are signed, calibration too, and steps are compared with what was granted",
  ),
  {
    ids: cves("2021-23207", "2021-33846", "2021-44464", "2021-43355"),
    product: "Fresenius Kabi Vigilant MasterMed",
    cause: "recoverable secrets, tokens signed with a shared key, checks in the client",
    gate: "yes",
    why: "keys are asymmetric, a library needs two people, and the pump checks everything itself; the server's own data are outside",
    tried: "CVE-2014-5403",
  },
  {
    ids: cves("2022-26394"),
    product: "Baxter wireless battery module",
    cause: "no mutual authentication with the gateway",
    gate: "yes",
    why: "a false gateway has nothing that the pump accepts; what it is told by the module is outside",
    tried: "CVE-2017-12721",
  },
  own("CVE-2022-32537", "no key follows from a pairing, so what is learned of one signs nothing"),
  own("CVE-2023-30560", "a cable is no authority: configuration is signed on every port"),
  own(
    "CVE-2023-30562",
    "a data set that was altered after two people signed it is refused; one altered before is bounded by ceilings only",
  ),
];
