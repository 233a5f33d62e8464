// Owns saying why an OPC UA server cannot be read: one fault for each cause, with what to do about it.
import { X509Certificate } from 'node:crypto';
import { dirname } from 'node:path';
import type { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import { Fault, messageOf } from '../../core/fault.ts';
import { fingerprintOf, ownCertificateFile, subjectOf } from './trust.ts';

export type Attempt = {
  endpoint: string;
  security: { mode: string; policy: string };
  /** How the user is called in messages; undefined: anonymous. */
  user: string | undefined;
  pkiFolder: string;
};

/** What our own check said about the server's certificate: the client's error does not tell. */
export type Verdict = { certificate: Buffer; status: string };

/** Listens to a certificate manager's verdicts. */
export function watchVerdicts(manager: OPCUACertificateManager): { refused: Verdict | undefined } {
  const seen: { refused: Verdict | undefined } = { refused: undefined };
  const check = manager.checkCertificate.bind(manager);
  manager.checkCertificate = (async (certificate: Buffer | Buffer[]) => {
    const status = await check(certificate);
    const [first] = [certificate].flat();
    if (status.isNotGood() && first !== undefined) seen.refused = { certificate: first, status: status.name };
    return status;
  }) as typeof manager.checkCertificate;
  return seen;
}

type Refusal = (attempt: Attempt, detail: string) => { code: string; zh: string; en: string };

const userRefused: Refusal = ({ endpoint, user }) => ({
  code: 'opcua_user_refused',
  zh: `${endpoint}：服务器拒绝${user === undefined ? '匿名用户' : `用户 ${user}`}；请检查 opcua.user`,
  en: `${endpoint}: the server refuses ${user === undefined ? 'anonymous users' : `the user ${user}`}: check opcua.user`,
});

const loginRefused: Refusal = ({ endpoint, user, security }) => ({
  code: 'opcua_login_refused',
  zh: `${endpoint}：服务器在 ${security.mode} / ${security.policy} 下不接受${user === undefined ? '匿名登录；请填写 opcua.user' : '这种登录方式；请检查 opcua.user，或改用加密的 opcua.security'}`,
  en: `${endpoint}: with ${security.mode} / ${security.policy} the server takes no ${user === undefined ? 'anonymous users: give opcua.user' : 'such login: check opcua.user, or encrypt with opcua.security'}`,
});

const policyRefused: Refusal = ({ endpoint, security }) => ({
  code: 'opcua_policy_refused',
  zh: `${endpoint}：服务器不提供 ${security.mode} / ${security.policy}；请检查 opcua.security，或在服务器上启用该策略`,
  en: `${endpoint}: the server does not offer ${security.mode} with ${security.policy}: check opcua.security, or enable it at the server`,
});

const weAreUntrusted: Refusal = ({ endpoint, pkiFolder }, detail) => ({
  code: 'opcua_not_trusted_by_server',
  zh: `${endpoint}：服务器不信任本机证书（${detail}）；请在服务器上信任 ${ownCertificateFile(pkiFolder)}`,
  en: `${endpoint}: the server does not trust our certificate (${detail}): trust ${ownCertificateFile(pkiFolder)} at the server`,
});

const unreachable: Refusal = ({ endpoint }, detail) => ({
  code: 'opcua_unreachable',
  zh: `${endpoint}：无法连接（${detail}）；请检查地址、端口、网络以及服务器是否在运行`,
  en: `${endpoint}: cannot connect (${detail}): check address, port and network, and that the server runs`,
});

const silent: Refusal = ({ endpoint }, detail) => ({
  code: 'opcua_silent',
  zh: `${endpoint}：服务器没有应答（${detail}）；请检查服务器是否过载，必要时加大 timeout`,
  en: `${endpoint}: the server does not answer (${detail}): see whether it is overloaded, or give it a longer timeout`,
});

const tooMany: Refusal = ({ endpoint }) => ({
  code: 'opcua_server_full',
  zh: `${endpoint}：服务器的会话或订阅数已满；请关闭其他客户端或提高服务器的上限`,
  en: `${endpoint}: the server takes no more sessions or subscriptions: close other clients, or raise its limit`,
});

const ended: Refusal = ({ endpoint }, detail) => ({
  code: 'opcua_ended',
  zh: `${endpoint}：连接、会话或订阅已中断（${detail}）；将自动重新建立`,
  en: `${endpoint}: the connection, session or subscription has ended (${detail}): it is made anew`,
});

/** In the order in which they are tried: what the server says in words of the standard, then what the network says. */
const refusals: readonly [RegExp, Refusal][] = [
  [/user token policy/i, loginRefused],
  [/BadUserAccessDenied|BadIdentityToken|BadUserSignature/, userRefused],
  [/BadSecurityPolicyRejected|BadSecurityModeRejected|cannot find an? ?endpoint/i, policyRefused],
  [/BadTooMany/, tooMany],
  [/BadSecurityChecksFailed|BadCertificate|BadApplicationSignature/, weAreUntrusted],
  [/no answer within|BadTimeout|Transaction has timed out/i, silent],
  [/^(connection|session|subscription) |BadSession|BadSubscription|BadConnectionClosed/, ended],
  [/ECONN|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE/, unreachable],
];

export function refusalOf(attempt: Attempt, cause: unknown, verdict: Verdict | undefined): Fault {
  if (cause instanceof Fault) return cause;
  if (verdict !== undefined) return serverRefused(attempt, verdict, cause);
  const detail = messageOf(cause);
  const [, refusal] = refusals.find(([pattern]) => pattern.test(detail)) ?? [];
  const short =
    /no answer within \d+ ms|\b(Bad[A-Z]\w+|E[A-Z]{4,})\b/.exec(detail)?.[0] ?? detail.split('\n')[0] ?? detail;
  const { code, zh, en } = refusal?.(attempt, short) ?? {
    code: 'opcua_unavailable',
    zh: `${attempt.endpoint}：读取失败（${short}）`,
    en: `${attempt.endpoint}: cannot read (${short})`,
  };
  return new Fault(code, { zh, en }, { cause, retry: true });
}

function serverRefused({ endpoint, pkiFolder }: Attempt, { certificate, status }: Verdict, cause: unknown): Fault {
  const parsed = new X509Certificate(certificate);
  const [fingerprint, subject] = [fingerprintOf(parsed), subjectOf(parsed)];
  const date = (one: Date) => one.toISOString().slice(0, 10);
  const dates = `${date(parsed.validFromDate)} … ${date(parsed.validToDate)}`;
  const { code, zh, en } =
    status === 'BadCertificateUntrusted'
      ? {
          code: 'opcua_server_untrusted',
          zh: `服务器证书未被信任：${subject}，SHA-256 指纹 ${fingerprint}。与服务器上显示的指纹核对一致后运行：tanbiao devices trust ${fingerprint} --data ${dirname(pkiFolder)}`,
          en: `the server's certificate is not trusted: ${subject}, SHA-256 fingerprint ${fingerprint}. Compare it with what the server shows, then run: tanbiao devices trust ${fingerprint} --data ${dirname(pkiFolder)}`,
        }
      : status === 'BadCertificateTimeInvalid'
        ? {
            code: 'opcua_server_certificate_expired',
            zh: `服务器证书 ${subject} 不在有效期内（${dates}）；请在服务器上更换证书，或检查本机时钟`,
            en: `the server's certificate ${subject} is not valid today (${dates}): renew it at the server, or check this machine's clock`,
          }
        : {
            code: 'opcua_server_certificate_bad',
            zh: `服务器证书 ${subject} 不可接受（${status}）；请在服务器上更换证书`,
            en: `the server's certificate ${subject} cannot be accepted (${status}): renew it at the server`,
          };
  return new Fault(code, { zh: `${endpoint}：${zh}`, en: `${endpoint}: ${en}` }, { cause, retry: true });
}
