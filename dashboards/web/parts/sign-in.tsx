// Owns signing in: by name and password, by a one-time code, and making the first admin with the code of the terminal.
import { useState } from 'preact/hooks';
import { beginAnew, change, session } from '../session.ts';
import { worded } from '../words.ts';
import { Choices } from './choices.tsx';
import { Field, Form } from './form.tsx';

const words = worded(
  {
    signIn: '登录',
    first: '创建第一名管理员',
    firstHint: '一次性代码显示在启动碳表的终端里；服务方式安装时，见其日志。',
    codeHint: '代码由管理员给出，或由命令 tanbiao users reset 生成；用一次即失效。',
    how: '方式',
    ways: { password: '密码', code: '一次性代码' },
    name: '用户名',
    password: '密码',
    newPassword: '新密码',
    atLeast: '至少 10 个字符',
    code: '一次性代码',
    create: '创建并登录',
    set: '设置密码并登录',
  },
  {
    signIn: 'Sign in',
    first: 'Make the first admin',
    firstHint: 'The one-time code is in the terminal that started Tanbiao; of a service, in its log.',
    codeHint: 'An admin gives the code, or "tanbiao users reset" makes one; it works once.',
    how: 'Way',
    ways: { password: 'Password', code: 'One-time code' },
    name: 'Name',
    password: 'Password',
    newPassword: 'New password',
    atLeast: 'at least 10 characters',
    code: 'One-time code',
    create: 'Make and sign in',
    set: 'Set password and sign in',
  },
);

const sendTo = (path: string) => async (given: Record<string, string>) => {
  await change('POST', path, given);
  beginAnew();
};

const ways = ['password', 'code'] as const;

export function SignIn() {
  const said = words.value;
  const isFirst = session.value?.enrolment === true;
  const [way, choose] = useState<(typeof ways)[number]>('password');
  if (isFirst)
    return (
      <section class="entry">
        <h1 class="title">{said.first}</h1>
        <p class="hint">{said.firstHint}</p>
        <Form submit={said.create} send={sendTo('api/code')}>
          <Field name="code" label={said.code} autocomplete="one-time-code" />
          <Field name="name" label={said.name} autocomplete="username" />
          <Field
            name="password"
            label={said.password}
            kind="password"
            autocomplete="new-password"
            hint={said.atLeast}
          />
        </Form>
      </section>
    );
  return (
    <section class="entry">
      <h1 class="title">{said.signIn}</h1>
      <Choices name={said.how} all={ways} chosen={way} say={(one) => said.ways[one]} choose={choose} />
      {way === 'password' ? (
        <Form key="password" submit={said.signIn} send={sendTo('api/session')}>
          <Field name="name" label={said.name} autocomplete="username" />
          <Field name="password" label={said.password} kind="password" autocomplete="current-password" />
        </Form>
      ) : (
        <Form key="code" submit={said.set} send={sendTo('api/code')}>
          <p class="hint">{said.codeHint}</p>
          <Field name="code" label={said.code} autocomplete="one-time-code" />
          <Field
            name="password"
            label={said.newPassword}
            kind="password"
            autocomplete="new-password"
            hint={said.atLeast}
          />
        </Form>
      )}
    </section>
  );
}
