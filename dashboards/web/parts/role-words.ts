// Owns the words of the roles, and of what a change came to.
import { worded } from '../words.ts';

export const roleNames = worded(
  {
    viewer: '查看者',
    assessor: '评价人员',
    operator: '操作员',
    manager: '能源管理师',
    admin: '管理员',
  },
  {
    viewer: 'Viewer',
    assessor: 'Assessor',
    operator: 'Operator',
    manager: 'Manager',
    admin: 'Admin',
  },
);
