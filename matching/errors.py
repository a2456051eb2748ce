"""The coded refusals. A room raises one by its code; the doors turn it into a page or into problem+json.

Every code stands once in `CODES` with its HTTP status and its sentence: what happened, what was kept, what to do.
"""

from typing import Any

from matching.words import _

CODES: dict[str, tuple[int, str]] = {
    # 401, 403, 404: who you are and what you may see
    "sign_in_needed": (401, _("请先登录。登录后会回到您刚才的页面。")),
    "wrong_sign_in": (401, _("账号或密码不对。请核对后再试。")),
    "locked": (429, _("连续输错次数太多，账号已锁定 15 分钟。请稍后再试，或请管理员重置密码。")),
    "account_closed": (401, _("这个账号已经停用，不能再登录和办事；以前办过的都还在。有疑问请联系医院党委办公室。")),
    "token_refused": (401, _("接口令牌无效或已吊销。请在“我的”页面重新生成。")),
    "form_expired": (403, _("页面放得太久，为了安全没有提交。您填写的内容还在，请再按一次提交。")),
    "not_seen": (404, _("没有找到，或不在您的查看范围内。请核对编号。")),
    "file_damaged": (404, _("这个文件在服务器上损坏了，打不开。请联系管理员从备份里恢复。")),
    "contact_erased": (404, _("联系方式已经按规定或按本人要求删除，看不到了。")),
    "unknown_code": (404, _("没有查到这个查询码。请核对后再输入，字母不分大小写。")),
    "unknown_link": (404, _("这个链接已经失效。请登录后在“我的任务”里查看。")),
    "unknown_certificate": (404, _("没有查到这份证明。请核对证明编号和校验码，字母不分大小写。")),
    "export_gone": (404, _("这个下载链接已经过期。请登录后在“报告与导出”里重新取。")),
    "unknown_spot": (404, _("没有找到这个二维码对应的地点。请重新扫码，或联系服务台。")),
    "spot_closed": (410, _("这个地点暂停使用扫码点单。请联系服务台，工作人员会帮您登记。")),
    "spot_rotated": (410, _("这张二维码已经更换。请扫现场的新二维码，或从本页继续。")),
    "not_allowed": (403, _("您的角色不能做这一步。如有需要，请联系支部书记或派单员。")),
    "unmasking_needs_a_lead": (403, _("不脱敏的台账只有党委办公室和本支部负责人能导出。")),
    "not_your_claim": (403, _("这一单不是您接的，不能替别人操作。")),
    "outside_your_units": (403, _("这个单位不在您的管理范围内。")),
    "only_claimer_sees_contact": (403, _("联系方式只给正在办理的人和承办单位负责人看。")),
    "same_person_approves": (403, _("误评要由另一位审批人确认，不能自己批准自己。")),
    "password_must_change": (403, _("这是管理员设的一次性密码。请先改成您自己的密码，再做别的事。")),
    "own_declared": (403, _("自己申报的服务要由别人审核。")),
    "own_objection": (403, _("自己提的异议要由别人答复。")),
    "own_certificate": (403, _("不能给自己开证明，请另一位支部负责人或党委办公室来开。")),
    "not_to_yourself": (403, _("不能给自己授权或重置自己的密码，请让另一位管理员来做。")),
    # 409, 412: the request moved on
    "wrong_state": (409, _("这一单现在是“{state}”，不能“{verb}”。页面已更新，请看最新情况。")),
    "slot_taken": (409, _("手慢了一步，这个名额刚刚被别人接走了。谢谢您，看看其他待接的单子吧。")),
    "already_claimed_by_you": (409, _("您已经接了这一单，不用再接一次。")),
    "cannot_become_activity": (409, _("这一单现在是“{state}”，不能办成活动。派给支部以后、归档以前才可以。")),
    "stale": (412, _("您打开页面以后，别人已经改动过这一单。没有保存，请看最新情况后再操作。")),
    "busy": (409, _("同时操作的人太多，这一次没有成功，什么都没有改动。请再试一次。")),
    "key_reused": (409, _("这份表单已经提交过，内容和上次不同。您新写的内容还在，要另提一件请再按一次提交。")),
    "too_many_exports": (409, _("您已有 {n} 份在排队，请等做好一份再要下一份。")),
    "too_many_exports_a_day": (409, _("您一天里已经要了 {n} 份，请用已经做好的，或明天再要。")),
    "no_more_returns": (409, _("这一单已经退过 {n} 次，不能再退，请由党委办公室裁定。")),
    "return_too_late": (409, _("派单超过 1 个工作日，不能再退单。确有困难请申请延期或联系派单员。")),
    "ruled_finally": (409, _("这一单已由党委办公室终审裁定，不能退回。")),
    "not_contacted_yet": (409, _("还没有联系过对方，不能办结。请先联系，再登记“首次联系”。")),
    "already_contacted": (409, _("首次联系已经登记过了。")),
    "already_signed": (409, _("这一单已经签收过了。")),
    "extension_used": (409, _("每一单只能申请延期一次。")),
    "extension_too_late": (409, _("已经超过办理时限，不能再申请延期。")),
    "no_extension_asked": (409, _("没有等待答复的延期申请。")),
    "urged_lately": (429, _("24 小时内已经催过一次了，我们记得。请再等一等。")),
    "rated_already": (409, _("您已经评价过了，谢谢。")),
    "additional_used": (409, _("补充评价只能有一次，您已经用过了。")),
    "too_late_to_rate": (409, _("超过 30 天，不能再补充评价了。")),
    "too_late_to_reopen": (409, _("办结超过 30 天，不能重新打开。请重新提交一个心愿。")),
    "nothing_to_approve": (409, _("没有等待审批的误评申请。")),
    "nothing_to_answer": (409, _("没有等待答复的督办。")),
    "not_assigned": (409, _("这一单是您自己接的，不能“婉拒”，可以“退出”并说明原因。")),
    "helper_gender": (409, _("这一单{wish}来办，{name}这次接不了。谢谢愿意帮忙。")),
    "cover_sought": (409, _("这一单已经在找人替了，有人答应会马上告诉大家。实在来不及，可以先“退出”。")),
    "cover_not_sought": (409, _("对方已经不需要人替了。谢谢您愿意帮忙。")),
    "no_cover_for_this": (409, _("自己占着名额才需要找人替：来帮忙的可以直接退出，以支部或科室名义接的请在内部安排。")),
    "too_few_returns": (409, _("退单满 {n} 次才由党委办公室终审，这一单请照常派单。")),
    "filled": (409, _("名额刚刚满了，谢谢您愿意帮忙。您可以排进候补，有人退出时马上轮到您。")),
    "ask_over": (409, _("这件事已经不需要人了，谢谢您愿意帮忙。")),
    "said_yes": (409, _("您已经答应了这件事。来不了的话，请在“我的任务”里找人替班或退出。")),
    "nobody_sought": (409, _("这一单现在没有空名额，不用再邀请人。")),
    "not_asking": (409, _("这一单现在没有在自动邀请人。")),
    "slots_free": (409, _("现在还有名额，可以直接接单，不用候补。")),
    "nothing_to_await": (409, _("这一单已经结束或收回，不用再等名额了。")),
    "no_claimer": (409, _("还没有人接单，不能开始办理。")),
    "needs_final_ruling": (409, _("这一单已经退过 {n} 次，要由党委办公室终审派单。")),
    "same_unit": (422, _("这一单本来就在这个单位。")),
    "already_claimed": (409, _("{name}已经接了这一单。")),
    "no_public_consent": (409, _("对方没有同意公开展示，或涉及儿童，不能放上公示墙。")),
    "not_yet": (409, _("还没有到时间。")),
    "in_use": (409, _("“{value}”已经存在，请换一个。")),
    "not_for_liaisons": (422, _("共建单位的联络员只能看本单位的事，不能再授予别的角色。")),
    "liaisons_by_partner": (422, _("联络员请到“共建单位”里添加，不在这里授权。")),
    "already_granted": (409, _("这个角色已经授予过了，不用再授一次。")),
    "too_many_tokens": (409, _("最多同时有 {n} 个接口令牌。请先吊销不用的，再生成新的。")),
    "spot_is_closed": (409, _("“{name}”已经停用，请先启用再更换二维码。")),
    "last_administrator": (409, _("这是最后一位管理员，不能撤销。请先授权另一位。")),
    "post_withdrawn": (409, _("这条通知已经撤回，不能再提醒。")),
    "everybody_has_read": (409, _("能看到的人都读过了，不用再提醒。")),
    "repeated_lately": (429, _("{hours} 小时内已经提醒过一次，请过一会儿再提醒。")),
    "too_many_followers": (409, _("这件事已经有 {n} 处在接收消息，请先停掉一处。")),
    "channel_off": (409, _("这个渠道还没有在安装设置里配好，请找信息科。")),
    "mail_not_taken": (409, _("确认邮件没有发出去，请核对地址，或过几分钟再试。")),
    "proposal_too_old": (409, _("这份建议是 12 小时以前的，人和工单都变了。请重新做一份。")),
    "not_proposed": (409, _("这份建议里没有这一对，可能刚被改过。页面已更新，请看最新的建议。")),
    "no_longer_fits": (409, _("{name}现在不能去了：{why}。请另选一位，或重新做一份建议。")),
    "cannot_pin": (409, _("定不下来：{why}。建议没有改动。")),
    "assessment_signed": (409, _("这张考核表已经签字。要改，请先写明原因重新打开。")),
    "assessment_incomplete": (409, _("还有 {n} 项没有打分，打完再签字。已打的分都存着。")),
    "declared_decided": (409, _("这条申报现在是“{state}”，不能再改。页面已更新，请看最新情况。")),
    "too_many_declared": (409, _("已经有 {n} 条申报在等审核，请等审核以后再报。")),
    "list_hangs": (409, _("这个单位这一年的积分正在公示，期满或撤回以后才能再公示。")),
    "list_over": (409, _("公示已经结束，不能再提异议。请直接联系支部负责人。")),
    "list_taken_back": (409, _("这份公示已经撤回了。")),
    "nothing_to_publish": (409, _("这个单位这一年还没有志愿服务记录，没有可以公示的内容。")),
    "too_many_objections": (409, _("对同一份公示最多提 {n} 条异议。")),
    "objection_answered": (409, _("这条异议已经答复过了。")),
    "rules_unchanged": (409, _("{day} 起本来就按这样的规则计分，没有生成新版本。")),
    "certificate_revoked": (409, _("这份证明已经作废了。")),
    "certificate_there": (
        409,
        _("这位同志这几天已有一份有效证明（{no}）。纸丢了请再打印一份；内容有变，请勾选作废它、由新的代替。"),
    ),
    "certificate_not_theirs": (422, _("{no} 不是这位同志的有效证明，不能由新的代替。请核对编号。")),
    "counting": (429, _("别人正在算，一次只算一份。请过几秒再按一次。")),
    "activity_wrong_state": (409, _("这场活动现在是“{state}”，不能“{verb}”。页面已更新，请看最新情况。")),
    "activity_not_begun": (409, _("活动还没有开始，不能确认时长。")),
    "activity_there": (409, _("这一单已经有活动了，请打开那一场继续。")),
    "nobody_came": (409, _("还没有一个人有时长。没有办成的活动请“取消”，并写明原因。")),
    "nobody_licensed": (
        409,
        _("这是要有资质的活动，到场的人里至少要有一位持有“{skills}”的有效登记。请核对名单，或先请管理员登记资质。"),
    ),
    "came_already": (409, _("{name}已经签到，不能移出名单。点错了请先撤销签到。")),
    "code_old": (410, _("这个签到码已经过期。请扫负责人手机上正在显示的码，不要用拍下来的照片。")),
    "not_here": (409, _("没有看到您扫过现场的签到码。请在现场扫一下负责人手机上的码。")),
    "not_signing_now": (
        409,
        _("签到从开始前 {before} 小时到结束后 {after} 小时。现在不在这段时间里，请找负责人点名。"),
    ),
    "signed_for_another": (
        409,
        _("这部手机刚才已经给另一位同志签过到。请各用各的手机，没有手机的请负责人点名。"),
    ),
    "not_signed_in": (409, _("您还没有签到，不用签退。")),
    "too_many_photos": (409, _("一场活动最多 {n} 张照片，请先删掉一张。")),
    # partners
    "partner_closed": (409, _("这个共建单位已经结束共建，不能再提新需求。需要恢复请联系医院党委办公室。")),
    "agreement_over": (409, _("这份协议已经结束了，不用再终止。")),
    "pairing_over": (409, _("这一结对已经结束了。")),
    "item_state": (409, _("这一条现在是“{state}”，不能改成“{wanted}”。")),
    "not_done_yet": (409, _("医院还没有报告结果，办完以后再来确认。")),
    "confirmed_already": (409, _("已经确认过了，谢谢。")),
    "too_soon": (422, _("至少要提前 {days} 天，最早可以选 {day}。")),
    "commercial": (422, _("共建活动不卖东西、不推销、不收费。请去掉这部分再提交，别的照常安排。")),
    "agreement_term": (422, _("协议期限是 1 到 3 年，请核对起止日期。")),
    "agreement_format": (422, _("请上传 PDF，或 JPEG、PNG 照片。")),
    "file_too_large": (422, _("文件太大，最多 {mib} MB，请换一个小一点的。")),
    "cannot_link": (422, _("需求可以对接资源和项目，资源可以对接项目，别的对接不了。")),
    "bad_day": (422, _("日期没有看懂，请按“年-月-日”填写，例如 2026-07-01。")),
    "partner_not_listed": (422, _("没有编号是“{value}”的共建单位，请先导入共建单位。")),
    "not_in_paired_branch": (422, _("{name}不在结对的{unit}里，请另选一位。")),
    # 422: what was typed
    "invalid": (422, _("有几处需要修改，已在下面标出。您填写的内容都还在。")),
    "required": (422, _("请填写这一项。")),
    "too_short": (422, _("至少写 {min} 个字，请写得具体一点。")),
    "too_long": (422, _("最多 {max} 个字，现在是 {n} 个字，请删减一些。")),
    "too_many_items": (422, _("最多 {max} 项，请去掉一些。")),
    "which_one": (422, _("请从列出的里面选一个，或写得再具体些。")),
    "no_such_partner": (422, _("没有找到“{value}”，请换个写法，或写这家单位的编号。")),
    "not_a_choice": (422, _("请从列出的选项里选一个。")),
    "not_a_number": (422, _("请填写数字。")),
    "out_of_range": (422, _("请填写 {min} 到 {max} 之间的数字。")),
    "bad_phone": (422, _("电话号码好像不对，请填写 11 位手机号，或带区号的座机号。")),
    "phone_needed": (422, _("这项服务要给您回电话，请留一个能打通的号码。")),
    "bad_time": (422, _("时间没有看懂，请按“年-月-日 时:分”填写。")),
    "no_file": (422, _("请选择文件。")),
    "time_in_past": (422, _("这个时间已经过去了，请选一个以后的时间。")),
    "time_too_far": (422, _("时间太远了，请选 {days} 天以内。")),
    "longer_than_activity": (422, _("活动从开始到结束共 {whole} 分钟，每人最多记 {max} 分钟。请改少一些。")),
    "activity_too_long": (422, _("一场活动最长 {hours} 小时，跨天的请分成几场。")),
    "not_of_this_branch": (422, _("{name}不在这个单位里，不能由您列入名单。请本人到现场扫码，或请党委办公室列入。")),
    "not_a_member_here": (422, _("{name}不是本院的党员或职工，不能列入名单。")),
    "days_out_of_range": (422, _("起止日期请在 {first} 年到 {last} 年之间，最长 {years} 年。")),
    "time_order": (422, _("结束时间要晚于开始时间。")),
    "from_tomorrow": (422, _("新规则最早从明天起用，已经记的积分不变。")),
    "day_too_long_ago": (422, _("只能申报最近 {days} 天以内的服务。")),
    "nothing_to_certify": (422, _("这段时间没有志愿服务记录，不能开证明。")),
    "day_order": (422, _("最后一天不能早于第一天。")),
    "hours_overlap": (422, _("这一天的两段时间重叠了，请改成前后错开。")),
    "no_free_hours": (422, _("请至少填一段时间。暂时不想被邀请，可以用“暂时别找我”。")),
    "too_many_days": (422, _("一次最多 {n} 天，请分几次填写。")),
    "time_zone_needed": (422, _("时间要带时区，例如 2026-03-02T10:00:00+08:00。")),
    "consent_needed": (422, _("请先阅读并勾选同意，我们才能处理您的心愿。不同意也没关系，可以到服务台办理。")),
    "guardian_needed": (422, _("未满 14 周岁的孩子，要由监护人勾选同意。")),
    "unknown_service": (422, _("没有这项服务，请重新选择。")),
    "report_wanted": (422, _("请先选全院、支部或共建报告；台账没有文字要写。")),
    "no_such_code": (422, _("没有这个编号的支部或共建单位，请核对。")),
    "reason_too_short": (422, _("请写明用途，至少 {min} 个字；会记入审计日志。")),
    "unknown_unit": (422, _("没有找到这个单位，请从列表里选择。")),
    "unknown_person": (422, _("没有找到这个人，请核对工号或姓名。")),
    "cannot_ask": (422, _("现在不能邀请{name}：{why}。")),
    "not_in_unit": (422, _("{name}不在承办单位里，请另选一位。")),
    "reason_needed": (422, _("请选择原因；选“其他”时请写明。")),
    "note_too_short": (422, _("请写 {min} 个字以上，让群众和组织看得明白。")),
    "refused_ask": (422, _("这类请求我们帮不上忙。")),
    "bad_link": (422, _("网址要以 https:// 开头，请核对。")),
    "personal_in_post": (422, _("这里好像有病人的信息或个人号码，通知会发给很多人，请改写。标题里也不要写电话。")),
    "bad_address": (422, _("网址好像不对，要以 https:// 开头，请整条复制过来。")),
    "bad_mail": (422, _("邮箱地址好像不对，请核对。")),
    "wrong_confirm_code": (422, _("确认码不对，或已经过期。请核对邮件里的 6 位数字。")),
    "mail_not_confirmed": (422, _("请先填写邮箱并用确认码确认。")),
    "no_wecom_id": (422, _("管理员还没有登记您的企业微信账号。")),
    "bad_subscription": (422, _("浏览器没有给出可用的订阅，请换一个浏览器，或留邮箱。")),
    "too_short_secret": (422, _("密钥至少 {n} 位，和接收程序里填的一样。")),
    "bad_clock": (422, _("请填写 00:00 到 23:59 之间的时间。")),
    "bad_period": (422, _("考核按季度或年度，请写成 2026Q3 或 2026。")),
    "cuts_fall": (422, _("等次的分数线要从高到低，在 1 到 500 之间。")),
    "item_incomplete": (422, _("每一项都要有名称和 1 分以上的分值；不要的请整行清空。")),
    "item_twice": (422, _("有两项用了同一个代码，请改成不同的。")),
    "not_all": (422, _("三个权重加起来是 {n}%，要正好 100%。")),
    "not_a_hundred": (422, _("“{name}”各项加起来是 {n} 分，要正好 100 分。")),
    "nothing_picked": (422, _("还没有选中任何一件。请先在卡片上勾选。")),
    "weak_password": (422, _("密码至少 8 位，大写字母、小写字母、数字、符号四种里至少用三种。")),
    "password_has_login": (422, _("密码里不能包含账号，请换一个。")),
    "same_password": (422, _("新密码不能和现在的一样，请换一个。")),
    "passwords_differ": (422, _("两次输入的新密码不一样，请重新输入。")),
    "wrong_password": (422, _("现在的密码不对，没有修改。请再输一次。")),
    "kind_too_high": (422, _("“{name}”下面只能建更低一级的单位，请另选一种。")),
    "bad_code": (422, _("代码只能用字母、数字和连字符，最多 40 个字符。")),
    "has_left": (422, _("{name}已经离开本单位，不能授权。")),
    "extension_too_long": (422, _("延期最长不超过原来的办理时限（{limit}）。")),
    "plan_date_needed": (422, _("挂账要写明计划日期，而且在今天以后。")),
    "group_too_small": (422, _("帮帮团至少 2 人，请再选一位。")),
    "bad_encoding": (422, _("文字编码不对，请用 UTF-8 提交。")),
    "broken_form": (400, _("表单没有完整传到，什么都没有保存。请回到上一页，再提交一次。")),
    "control_characters": (422, _("内容里有无法显示的字符，请删除后再提交。")),
    "line_breaks": (422, _("这一格里有换行，请写成一行。")),
    "photo_format": (422, _("这不是 JPEG、PNG 或 WebP 照片，请换一张。其他内容都还在。")),
    "photo_unreadable": (422, _("照片打不开，可能已经损坏，请换一张。其他内容都还在。")),
    "photo_too_many_pixels": (422, _("照片的尺寸太大（上限 {n} 万像素），请换一张小一点的。其他内容都还在。")),
    "photo_needed": (422, _("请附一张照片作为凭证，例如现场照片、活动证书或签到表。")),
    "photo_missing": (422, _("没有找到这张照片，请重新选一次。")),
    "bad_cursor": (422, _("翻页位置无效，请从第一页开始。")),
    # 422: what a file to import holds
    "empty_file": (422, _("文件是空的，没有可以导入的内容。")),
    "unknown_format": (422, _("只能导入 .csv、.xlsx 和 .jsonl 文件。")),
    "unreadable_file": (422, _("文件打不开，可能已经损坏。请另存一份再导入。")),
    "unreadable_row": (422, _("第 {row} 行读不出来，多半是引号没有成对。请改好再导入。")),
    "bad_file_encoding": (422, _("文件的文字编码不对，请另存为 UTF-8 再导入。")),
    "missing_sheet": (422, _("工作簿里没有名为“{sheet}”的工作表。")),
    "missing_column": (422, _("表头里缺少“{column}”这一列。")),
    "misspelt_column": (422, _("表头里的“{found}”是不是“{column}”？请改正后再导入。")),
    "double_column": (422, _("表头里“{column}”出现了两次。")),
    "too_many_cells": (422, _("这一行的格数比表头多，可能多了分隔符。")),
    "bad_json_line": (422, _("这一行不是一个 JSON 对象。")),
    "not_worked_out": (422, _("这一格的公式没有算出来（“{value}”），请填上真正的内容再导入。")),
    "repeated_row": (422, _("和第 {row} 行重复。")),
    "not_one_of": (422, _("“{value}”不在可选的范围里：{choices}。")),
    "bad_limit": (422, _("时限要写成 30min、2h、1wd 或 7d 这样。")),
    "time_in_future": (422, _("这个时间还没有到，请核对。")),
    "bad_settings": (422, _("设置有误：{why}")),
    "not_migrated": (503, _("数据库还不是这个版本的，请先运行 matching migrate。")),
    "not_empty": (409, _("数据库里已经有“{name}”，演示医院只能载入空的数据库。")),
    "no_hospital": (422, _("还没有医院和支部，请先导入组织结构或党员名册。")),
    "second_top": (422, _("只能有一个没有上级的单位，就是医院党委自己。")),
    "unit_not_listed": (422, _("没有代码为“{value}”的单位，请先导入组织结构。")),
    "unit_named_otherwise": (422, _("代码 {unit} 已经是“{name}”，和这一行写的不一样，请核对。")),
    "spot_not_listed": (422, _("没有代码为“{value}”的点位，请先导入点位。")),
    "service_not_listed": (422, _("没有代码为“{value}”的服务，请先导入服务目录。")),
    "filed_differently": (409, _("这个编号的心愿已经导入过，内容和上次不同；已有的没有改动。")),
    "unknown_field": (422, _("没有“{name}”这一项，请核对接口说明。")),
    "bad_json": (422, _("内容不是有效的 JSON，请核对后再发。")),
    # 413, 415, 429, 503: too much, not JSON, or we are down
    "not_json": (415, _("接口只接受 application/json，请核对 Content-Type。")),
    "too_large": (413, _("提交的内容太大（上限 {limit}）。请删减后再试。")),
    "too_many_tries": (429, _("输错的次数太多，请 15 分钟后再试，或到服务台查询。")),
    "too_many_sign_ins": (429, _("从这个网络登录失败的次数太多，请 5 分钟后再试。您的账号没有因此锁定。")),
    "too_many_mails": (429, _("确认邮件发得太多了，请 15 分钟后再试。")),
    "too_many_papers": (429, _("下载得太频繁了，请几分钟后再试。")),
    "too_many_figures": (429, _("看得太频繁了，数据都还在。请过一分钟再打开。")),
    "too_many_uploads": (429, _("照片传得太多了，请过一小时再传。")),
    "too_many_tests": (429, _("测试得太频繁了，请几分钟后再试。")),
    "too_many_filings": (429, _("提交得太频繁了，请稍等几分钟再试。您填写的内容还在。")),
    "unavailable": (503, _("系统正忙，这一次没有保存。您填写的内容还在，请过一会儿再按一次提交。")),
}


class Refused(Exception):
    """What a user asked cannot be done. `code` is in CODES; `field` names the form field it belongs to, if one."""

    def __init__(self, code: str, *, field: str | None = None, **params: Any) -> None:
        super().__init__(code)
        self.code, self.field, self.params = code, field, params
        self.status, self.sentence = CODES[code]


class NotSignedIn(Refused):
    """401."""


class NotSeen(Refused):
    """404: it does not exist, or the viewer's role does not cover it; the two look alike on purpose."""

    def __init__(self, code: str = "not_seen", **params: Any) -> None:
        super().__init__(code, **params)


class NotAllowed(Refused):
    """403: the viewer sees it and may not do this to it."""

    def __init__(self, code: str = "not_allowed", **params: Any) -> None:
        super().__init__(code, **params)


class WrongState(Refused):
    """409: the request's state or history does not admit the verb."""


class Stale(Refused):
    """412: the caller named a version that is no longer the newest."""

    def __init__(self, code: str = "stale", **params: Any) -> None:
        super().__init__(code, **params)


class TooMany(Refused):
    """429: `retry_after` is in seconds."""

    def __init__(self, code: str, *, retry_after: int, **params: Any) -> None:
        super().__init__(code, **params)
        self.retry_after = retry_after


class Unavailable(Refused):
    """503: nothing was saved; the same request may be sent again."""

    def __init__(self, code: str = "unavailable", *, retry_after: int = 5, **params: Any) -> None:
        super().__init__(code, **params)
        self.retry_after = retry_after


class Invalid(Refused):
    """422: one or more fields are wrong. `fields` maps a field's name to its refusal."""

    def __init__(self, fields: dict[str, Refused] | None = None, code: str = "invalid", **params: Any) -> None:
        super().__init__(code, **params)
        self.fields = fields or {}

    @classmethod
    def field_is(cls, field: str, code: str, **params: Any) -> "Invalid":
        """One wrong field."""
        return cls({field: Refused(code, field=field, **params)})
