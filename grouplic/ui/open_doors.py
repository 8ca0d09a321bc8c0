"""The list of doors: every event handler there is, and who gets something from it."""

ANYONE = "anyone"
SIGNED_IN = "signed in"
LEADER = "leads the group"
LEARNER = "holds a seat"

_PAGES = "reflex___state____state.grouplic___ui___"

OPEN_DOORS = {
    f"{_PAGES}{name}": who
    for name, who in {
        "who____who_state.load": ANYONE,
        "pages___home____catalog_state.load": ANYONE,
        "pages___accounts____return_state.load": ANYONE,
        "pages___accounts____account_state.load": SIGNED_IN,
        "pages___errors____error_state.load": ANYONE,
        "pages___mailbox____mailbox_state.load": ANYONE,
        "pages___buy____buy_state.load": ANYONE,
        "pages___buy____buy_state.choose": ANYONE,
        "pages___buy____buy_state.set_number": ANYONE,
        "pages___buy____buy_state.change_number": ANYONE,
        "pages___buy____buy_state.name_group": ANYONE,
        "pages___buy____buy_state.pay": SIGNED_IN,
        "pages___order____order_state.load": SIGNED_IN,
        "pages___redeem____redeem_state.load": ANYONE,
        "pages___redeem____redeem_state.type_key": ANYONE,
        "pages___redeem____redeem_state.look_up": ANYONE,
        "pages___redeem____redeem_state.redeem": SIGNED_IN,
        "pages___teaching____teaching_state.load": SIGNED_IN,
        "pages___teaching____group_state.load": LEADER,
        "pages___teaching____keys_state.load": LEADER,
        "pages___teaching____keys_state.set_quantity": ANYONE,
        "pages___teaching____keys_state.hand_out": LEADER,
        "pages___welcome____welcome_state.load": ANYONE,
        "pages___invite____invite_state.load": LEADER,
        "pages___invite____invite_state.refresh": LEADER,
        "pages___invite____invite_state.paste": LEADER,
        "pages___invite____invite_state.add_row": ANYONE,
        "pages___invite____invite_state.edit": LEADER,
        "pages___invite____invite_state.use_suggestion": LEADER,
        "pages___invite____invite_state.drop": LEADER,
        "pages___invite____invite_state.set_note": ANYONE,
        "pages___invite____invite_state.set_by_key": ANYONE,
        "pages___invite____invite_state.set_takes_issued": ANYONE,
        "pages___invite____invite_state.send": LEADER,
        "pages___upload____upload_state.load": LEADER,
        "pages___upload____upload_state.refresh": LEADER,
        "pages___upload____upload_state.turn": LEADER,
        "pages___upload____upload_state.show_those": LEADER,
        "pages___upload____upload_state.fix": LEADER,
        "pages___upload____upload_state.use_suggestion": LEADER,
        "pages___upload____upload_state.import_what_fits": LEADER,
        "pages___upload____upload_state.import_and_wait": LEADER,
        "pages___sent____sent_state.load": LEADER,
        "pages___sent____sent_state.send_again": LEADER,
        "pages___sent____sent_state.start_correcting": ANYONE,
        "pages___sent____sent_state.correct": LEADER,
        "pages___sent____sent_state.show_text": LEADER,
        "pages___learning____learning_state.load": SIGNED_IN,
        "pages___learning____lesson_state.load": LEARNER,
        "pages___learning____lesson_state.complete": LEARNER,
    }.items()
}
