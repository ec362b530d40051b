"""The topics of questions: for each kind of claim, the phrases by which people ask about it.

A topic is named after what it tells: a kind of claim, or a word that several kinds share (``HIGH``, ``WHERE``).
``TOPIC=value`` also gives the value of a claim. How phrases are written stands in `data_prep.claims.asked_by`.
"""

from __future__ import annotations

from data_prep.claims.slide_topics import SLIDE_TOPICS

TOPICS = {
    **SLIDE_TOPICS,
    "ENRICHED": (
        r"enrich\w*; marks?; marking; labels?; labell?ed by; labell?ing; up ?regulat\w*; upregulat\w*; "
        r"over ?express\w*; defin(?:e|es|ing|ed by); "
        r"characteri[sz](?:e|es|ing)d?(?: by)?; characteristic; specific(?: to| for)?; specifically; "
        r"exclusive(?:ly)?(?: to| for)?; uniquely; restricted; confined; distinguish\w*; signature; typical; "
        r"differentially expressed; over ?represented; hallmarks?; unique(?: to)?; specificity; selective(?:ly)?; "
        r"preferential(?:ly)?; identif(?:y|ies|ying); set\w* (?:it |this N: |the N: |<niche> )?apart(?: from)?; "
        r"marked by; stands? out; delineat\w*; highlights?; limited; tell\w* apart; de genes; degs?; only found; "
        r"only expressed; only (?:in|present|seen|detected|active|on)"
    ),
    "MARKER": (
        r"(?:the )?(?:top |best |strongest |good |strong |main |key |canonical |specific |clear |poor |weak |bad |"
        r"robust |"
        r"reliable |possible |potential |sensible )*(?:bio)?markers?(?: genes?)?; gene markers?; "
        r"(?:signature|marker) (?:genes?|list|set|panel); gene signature; "
        r"(?:expression|molecular|transcriptional) signature"
    ),
    "DEPLETED": (
        r"deplet\w*; down ?regulat\w*; absent(?: from)?; missing(?: from)?; lack\w*; exclud\w*(?: from)?; "
        r"avoid\w*; absence; loss; lost; under ?express\w*; under ?represented; devoid; silent; silenced; "
        r"(?:switched|turned) off; repressed; suppressed; empty; spared?; spares"
    ),
    "ABSENT": (
        r"(?:absent|missing|gone)(?: from| in| on)? (?:the|this|my) T:; "
        r"(?:detected|expressed|present|found|seen|active|on) anywhere(?: (?:in|on) (?:the|this|my) T:)?; "
        r"anywhere (?:in|on) (?:the|this|my) T:; "
        r"(?:expressed|detected|present|found|seen|there|here|active|on|measured) at all(?: (?:in|on) (?:the|this|"
        r"my) T:)?; (?:present|detected|expressed|found) (?:in|on) (?:the|this|my) T:; detected; detectable; "
        r"undetected; undetectable; no counts; any counts?; not (?:detected|expressed|present); absent; "
        r"hardly detected; barely detected; silent"
    ),
    "EVERYWHERE": (
        r"everywhere(?: (?:in|on) (?:the|this) T:)?; ubiquitous(?:ly)?; "
        r"(?:all over|throughout|across) (?:the|this) (?:whole |entire )?T:; house ?keeping(?: gene)?; "
        r"(?:in )?(?:nearly |almost )?(?:every|all|each)(?: of the)? (?:spots?|cells?); ubiquitous gene; "
        r"the (?:whole|entire) T:; broadly; pan tissue"
    ),
    "HIGH": (
        r"high(?:er|est|ly)?; up; elevat\w*; raised; strong(?:er|est|ly)?; express\w*; abundan\w*; present; "
        r"presence; more; most; (?:peak|peaks|peaking|peaked); maxim\w*; max; bright(?:er|est)?; concentrat\w*; "
        r"found; seen; detect\w*; active; increased; greater; greatest; dominat\w*; rich; hot ?spots?; "
        r"show(?:s|ing|n)? up; intens\w*; visible; prominent; (?:switched|turned) on; on; accumulat\w*; "
        r"locali[sz]e[sd]?; positive; occurs?; levels?; enhanced; induced; pronounced; larger; boosted; "
        r"lights? up; lit up; most of; nearly all of; located; sits?; lies?; expression; best; top; bulk of; "
        r"restricted; confined"
    ),
    "EXPRESSED": r"express\w*; expression; levels?; present; presence; found; seen; detect\w*; active; located; signal",
    "UNASKED": (  # No reading uses it: what these words ask, no claim says.
        r"cells (?:more |less |most |least |very |really )*active; "
        r"<gene> (?:positive |expressing )?cells (?:more |less |most |least |very |really )*active; "
        r"(?:the |an? |my |our )?(?:other|another|second|next|previous|different|adjacent|serial) (?:slide|section|"
        r"sample|image|picture|map|slice|specimen|biopsy|patient|animal|mouse)s?; "
        r"what (?:is|was|are) (?:the )?(?:mean|average|median)(?: expression| levels?| counts?| value)?; "
        r"\d+ of(?= (?:the )?(?:<niche>|N:)); when (?:does|do|did|is|was); "
        r"markers? (?:genes? )?(?:of|for) (?:the )?<gene>(?: (?:positive |expressing )?cells)?; "
        r"<gene> (?:\w+ly |more )*(?:enriched|upregulated|up|high|higher|elevated|raised|expressed|depleted|low|lower|"
        r"absent) (?:in|within|inside|from) (?:the )?<gene>(?: (?:positive |expressing )?cells)?"
    ),
    "HIGH_OR_LOW": (
        r"(?:high|higher|up|more|raised|increased|elevated|upregulated) or (?:low|lower|down|less|decreased|"
        r"reduced|downregulated); (?:low|lower|down|less|decreased|reduced|downregulated) or (?:high|higher|up|"
        r"more|raised|increased|elevated|upregulated)"
    ),
    "LOW": (
        r"low(?:er|est|ly)?; down; lowered; reduced; less; least; weak(?:er|est|ly)?; decreased; fewer; fewest; "
        r"diminished; dim(?:mer|mest)?; dark(?:er|est)?; scarce; minimal; off; negative; drops?"
    ),
    "ONLY": r"only; solely; alone; exclusively; just; merely; restricted; confined; limited",
    "RIM=rim": (
        r"(?:the |its )?(?:outer |outside )?(?:rim|edges?|periphery|margins?|boundary|outskirts|perimeter|"
        r"fringe)(?: of(?= (?:the )?(?:<niche>|N:)| it| its))?; peripheral(?:ly)?; "
        r"outer (?:part|zone|layer|border|shell|region|area); (?:invasive|leading|invasion) (?:front|margin|edge); "
        r"outside edge; "
        r"(?:at|along|near|on|around|towards?|by|close to|at or near) (?:the |its |their )?(?:outer )?(?:<niche> |"
        r"N: )?(?:borders?|boundary|interface)(?: of(?= (?:the )?(?:<niche>|N:)))?; "
        r"<niche> (?:edges?|rim|periphery|margin|boundary)"
    ),
    "RIM=core": (
        r"(?:the |its )?(?:inner )?(?:core|interior|heart); inner (?:part|core|zone|region|area|layer); "
        r"(?:the )?(?:middle|centre|center) of (?:the )?(?:<niche>|(?:this |that )?N:|it); "
        r"deep (?:in|inside|within)(?: the)?; (?:the )?<niche> (?:core|cent(?:re|er)|interior); "
        r"innermost(?: part)?; its (?:middle|cent(?:re|er)); away from (?:the |its )?(?:edges?|rim|border)"
    ),
    "HALF=left": r"to the (?:left) (?:half|part|side|portion|end) of(?= (?:the )?(?:<niche>|N:)| it); "
    r"(?:the )?left(?: hand)? (?:half|part|side|portion|end)(?: of)?; western (?:half|part)",
    "HALF=right": r"to the (?:right) (?:half|part|side|portion|end) of(?= (?:the )?(?:<niche>|N:)| it); "
    r"(?:the )?right(?: hand)? (?:half|part|side|portion|end)(?: of)?; eastern (?:half|part)",
    "HALF=upper": r"to the (?:upper|top) (?:half|part|side|portion|end) of(?= (?:the )?(?:<niche>|N:)| it); "
    r"(?:the )?(?:upper|top) (?:half|part|side|portion|end)(?: of)?; northern (?:half|part)",
    "HALF=lower": r"to the (?:lower|bottom) (?:half|part|side|portion|end) of(?= (?:the )?(?:<niche>|N:)| it); "
    r"(?:the )?(?:lower|bottom) (?:half|part|side|portion|end)(?: of)?; southern (?:half|part)",
    "HALF": (
        r"(?:only |just )?(?:in |on )?(?:a |one |a single |some )?(?:half|part|side|portion|corner|subregion|sub "
        r"region|subset|end)(?: of)?(?: (?:the )?<niche>| (?:the|this) N:| it)?; "
        r"(?:which|what) (?:half|part|side|end) of (?:the )?(?:<niche>|(?:this )?N:|it); partial(?:ly)?; partly; "
        r"(?:the )?(?:whole|entire) (?:of )?(?:the )?(?:<niche>|N:); "
        r"(?:all over|everywhere in|throughout|all of) (?:the )?(?:<niche>|(?:this )?N:); sub ?divid\w*; "
        r"heterogeneous(?:ly)?"
    ),
    "SPILL": (
        r"spill\w*(?: over)?; leak\w*(?: out)?; bleed\w*(?: over)?; diffus(?:e|es|ing)(?: out)?; spread\w*; "
        r"extend\w*; reach\w*; cross(?:es|ing)?; invad\w*; encroach\w*; seep\w*; overflow\w*; infiltrat\w*; "
        r"penetrat\w*; stray\w*; creep\w*; carr(?:y|ies) over; (?:get|gets) into; trespass\w*; continues?; "
        r"protrud\w*"
    ),
    "BORDER": (
        r"border(?:s|ing|ed)?(?: (?:on|with|by|between))?; adjacent(?: to)?; adjacency; next(?: door)?(?: to)?; "
        r"touch\w*; neighbou?r\w*(?: with| of)?; contacts?(?: with)?; contacting; abut\w*; beside; "
        r"surround\w*(?: by)?; near(?:by)?; nearest; clos(?:e|est)(?: to| by)?; adjoin\w*; "
        r"(?:in )?(?:direct |physical )?contact(?: with)?; "
        r"shar(?:e|es|ing) (?:a |an |any )?(?:common )?(?:border|boundary|edge|interface)s?(?: with)?; "
        r"(?:border|boundary|interface) between; side by side; flank\w*; around; meets?; alongside; enclos\w*; "
        r"encircl\w*; juxtaposed(?: to)?; bound(?:s|ed)?(?: by)?; interface(?: with)?; common (?:border|boundary); "
        r"connect\w*(?: to| with)?; attached(?: to)?; proximity; sits? (?:next to|beside); "
        r"lies? (?:next to|beside); directly; immediate(?:ly)?; far(?: away)? from; proximal(?: to)?; surroundings"
    ),
    "FORM": r"shapes?; shaped; forms?; morpholog\w*; geometry; outline; architecture; formed; a (?:N:|structure)",
    "FORM=compact": (
        r"compact(?: N:)?; blobs?(?: like)?; round(?:ish|ed)?; solid; clumps?; clumped; lump; coherent; one block"
    ),
    "FORM=band": (
        r"bands?(?: like| shaped)?; banded; strips?(?: like| shaped)?; stripes?(?: like)?; striped; elongated; "
        r"layered; layer like; laminar; sheet(?: like)?; ribbons?; layer(?: shaped)?; long and thin; linear; belt"
    ),
    "FORM=ring": (
        r"rings?(?: like| shaped)?; annular; annulus; hollow; dough ?nut(?: shaped| like)?; "
        r"donut(?: shaped| like)?; circular; circle; ring form"
    ),
    "FORM=scattered": (
        r"scatter\w*; dispersed; diffuse; speckled; sprinkled; salt and pepper; intermingled; "
        r"spread (?:out|all over|over|across)(?: the T:)?; interspersed; "
        r"distributed (?:all over|across)(?: the T:)?; all over the place; sparse(?:ly)?; patchy"
    ),
    "PARTS": (
        r"how many (?:\w+ ){0,2}?(?:pieces?|parts?|fragments?|patches|islands?|blobs?|components?|chunks?|bits|"
        r"foci|segments|areas|regions|clusters); pieces?; parts; fragment\w*; patches; islands?; components?; "
        r"broken(?: up)?(?: into)?; split(?: up)?(?: into)?; divided(?: into)?; disconnected; disjoint; chunks?; "
        r"separated?; foci; intact; interrupted; falls? apart; falls? into"
    ),
    "PARTS=one piece": (
        r"(?:one|a|1|a single|just one|single) (?:single |continuous |connected |contiguous |coherent |big |large "
        r")*(?:piece|patch|block|unit|chunk|component|island|mass|part|area|region); contiguous; connected; "
        r"continuous; unbroken; all in one(?: piece)?; in one; hangs? together"
    ),
    "PARTS=two pieces": (
        r"(?:two|2) (?:separate |distinct |disconnected |disjoint |large |main )*(?:pieces|parts|patches|blocks|"
        r"blobs|components|islands|areas|regions|halves|fragments|chunks); in two; or two(?: pieces| parts)?"
    ),
    "PARTS=several pieces": (
        r"(?:several|many|multiple|three|four|more than two|more than one|various|numerous|lots of) (?:separate |"
        r"distinct |disconnected |small )*(?:pieces|parts|patches|blocks|blobs|components|islands|areas|regions|"
        r"fragments|chunks|foci)(?: or more)?; fragmented; (?:in|into|or) (?:several|many|multiple|more)"
    ),
    "EXTENT": (
        r"cover\w*; coverage; sized?; how (?:big|large|small|extensive|extended|wide)(?: an area| a part)?; "
        r"extents?; areas?; "
        r"(?:fraction|proportion|share|percentage|part|percent|amount|portion) of (?:the )?(?:T:|spots|area); "
        r"(?:tak(?:e|es|ing)|mak(?:e|es|ing)) up; occup\w*; "
        r"how much(?: of)?(?: the| this| my)?(?: T:| area| space| room)?; how much; "
        r"(?:what|which) (?:fraction|proportion|percentage|share|part|percent|portion)(?: of (?:the|this) T:)?; "
        r"account\w* for; space; spans?; fills?; (?:larg|bigg|small)(?:er|est)(?: of all)?(?: N:s?)?; footprint; "
        r"how many spots; tissue area; big; bigger; large; small; area covered; number of spots"
    ),
    "EXTENT=a tiny part": r"(?:a |only a )?tiny(?: part| fraction| area| portion| bit)?(?: of the T:)?",
    "EXTENT=a small part": (
        r"(?:a |only a )?(?:small|minor|little)(?: part| fraction| area| portion| share)(?: of the T:)?; small"
    ),
    "EXTENT=a moderate part": (
        r"(?:a )?(?:moderate|medium|intermediate)(?: part| fraction| area| portion| share| size| sized)?(?: of the "
        r"T:)?; medium sized"
    ),
    "EXTENT=a large part": (
        r"(?:a )?(?:large|big|major|substantial|considerable)(?: part| fraction| area| portion| share)(?: of the "
        r"T:)?; large; big"
    ),
    "EXTENT=most": (
        r"(?:most|more than half|over half|nearly all|almost all|the majority|majority|the bulk|the better part) "
        r"of (?:the|this|my) T:; most of it; the (?:whole|entire) T:; the majority; majority"
    ),
    "PATTERN": (
        r"(?:any |a |clear |real |true )*(?:spatial |expression )*patterns?; patterned; "
        r"spatial(?:ly)? (?:pattern\w*|variab\w*(?: genes?)?|structure\w*|organi[sz]\w*|autocorrelat\w*|"
        r"distribut\w*|coherent|informative|restricted|random); svgs?; structured; random(?:ly)?(?: distributed)?; "
        r"noise; noisy; uniform(?:ly)?(?: distributed| expressed)?; homogen\w*; "
        r"even(?:ly)?(?: distributed| expressed)?; flat; moran(?: s)?(?: i)?; morans i; "
        r"var(?:y|ies|iable|iation|iability)(?: spatially)?(?: (?:over|across|in) (?:the )?(?:T:|space))?; "
        r"structure; heterogen\w*; distribut\w*; non ?random; pattern of expression; pure noise; background; "
        r"autocorrelat\w*; everywhere the same; evenly spread"
    ),
    "GRADIENT": (
        r"gradients?; ris(?:e|es|ing); increas(?:e|es|ing); climb\w*; grow(?:s|ing)?; slopes?; trends?; graded; "
        r"ramp\w*; axis; gradual(?:ly)?; monoton\w*; directional; directions?; (?:which|what) (?:direction|way); "
        r"steadily; polari[sz]ed; goes up; go up; get\w* (?:stronger|brighter|higher); "
        r"(?:along|in) (?:which|what|any|an) (?:axis|direction|one direction); in (?:a|any|one|some) direction; "
        r"one direction"
    ),
    "GRADIENT_DOWN": r"decreas(?:e|es|ing); fall(?:s|ing)?; declin(?:e|es|ing); drop(?:s|ping)?; fad(?:e|es|ing)",
    "GRADIENT=right": (
        r"(?:from )?(?:the )?left(?: side| edge| end)? to (?:the )?right(?: side| edge| end)?(?: of the T:)?; "
        r"towards? the right(?: side| edge| end)?(?: of the T:)?; to the right(?: side)?; rightwards?"
    ),
    "GRADIENT=left": (
        r"(?:from )?(?:the )?right(?: side| edge| end)? to (?:the )?left(?: side| edge| end)?(?: of the T:)?; "
        r"towards? the left(?: side| edge| end)?(?: of the T:)?; to the left(?: side)?; leftwards?"
    ),
    "GRADIENT=down": (
        r"(?:from )?(?:the )?(?:top|upper)(?: side| edge| end)? (?:down )?to (?:the )?(?:bottom|lower)(?: side| "
        r"edge| end)?(?: of the T:)?; towards? the bottom(?: of the T:)?; to the bottom; downwards?"
    ),
    "GRADIENT=up": (
        r"(?:from )?(?:the )?(?:bottom|lower)(?: side| edge| end)? (?:up )?to (?:the )?(?:top|upper)(?: side| edge|"
        r" end)?(?: of the T:)?; towards? the top(?: of the T:)?; to the top; upwards?"
    ),
    "DEPTH": (
        r"(?:sequencing |read )?depth(?: of sequencing)?; "
        r"technical(?:ly)?(?: artefacts?| artifacts?| effects?| noise| bias| variation)?; arte?facts?; "
        r"arti?facts?; library sizes?; total (?:counts?|umis?|reads|transcripts?); umi counts?; umis?; "
        r"(?:number|amount) of (?:counts|umis|reads|molecules|transcripts)(?: per spot)?; "
        r"real(?: biology| signal)?; genuine(?:ly)?; biolog\w*; read counts?; counts per spot; "
        r"(?:capture|sequencing) efficiency; confounded; sequencing(?: coverage)?; coverage; technical in origin; "
        r"how deeply"
    ),
    "DEPTH_LINK": (
        r"follow\w*; track\w*; mirror\w*; reflect\w*; depend\w*(?: on)?; driven(?: by)?; explain\w*(?: by)?; "
        r"due(?: to)?; caused?(?: by)?; result(?: of)?; because(?: of)?; effect(?: of)?; function of; correlat\w*; "
        r"that of; just; only; merely; sequenced; deeper; more deeply; spots; pattern; enrichment; consequence of; "
        r"comes? from; attribut\w*(?: to)?; product of; copy of"
    ),
    "COLOC": (
        r"co ?locali[sz]\w*; co ?occur\w*; overlap\w*; together; "
        r"(?:the |in |at )*same (?:places?|locations?|areas?|N:s?|spots?|cells?|parts?|patterns?|spatial patterns?|"
        r"map|distribution|regions?)(?: of the T:)?(?: as)?; co ?express\w*; correlat\w*(?: with| spatially)?; "
        r"shar(?:e|es|ing)(?: a| the| their| its)?(?: common| same)?(?: places?| locations?| territory| space| "
        r"patterns?| spatial pattern| map| N:)?; similar(?:ly)?(?: to| in)?; coincid\w*(?: with)?; alike; similarity; "
        r"same(?: as)?; wherever <gene>(?: is| are)?; where <gene>(?: is| are)?; "
        r"(?:the )?places where <gene>(?: is)?; co ?distribut\w*; related; each other; one another; match(?:es)?; "
        r"agree\w*; resembl\w*; go(?:es)? (?:together|along|hand in hand)(?: with)?; accompan\w*; "
        r"relation(?:ship)?(?: between)?; concordan\w*; where the other(?: one)?(?: is)?; like <gene>"
    ),
    "EXCLUSIVE": (
        r"mutual(?:ly)? exclusi\w*; exclud\w* (?:each other|one another|<gene>); anti ?correlat\w*(?: with)?; "
        r"inversely correlated(?: with)?; opposite(?: patterns?| places?)?; complementary(?: to)?; segregat\w*; "
        r"(?:in )?different (?:places?|locations?|areas?|N:s?|parts?); avoid each other; "
        r"never (?:overlap|together); spatially exclusive; apart; mutually avoid\w*; exclusive(?: of each other)?; "
        r"keep apart; separate(?: places?)?; opposite to"
    ),
    "COMPARE": (
        r"compar\w*(?: with| to| between| against)?; versus; vs; differen\w*(?: between| from)?; differ(?: from)?; "
        r"contrast\w*; against; unlike"
    ),
    "COMPOSED": (
        r"compos\w*(?: of)?; consists?(?: of)?; consisting(?: of)?; made(?: up)?(?: of| from| out of); made up; "
        r"mak(?:e|es|ing) up; compris\w*; contain\w*; built(?: of| from)?; populat\w*(?: by)?; mixture(?: of)?; "
        r"mix(?: of)?; inhabit\w*; live; fraction(?: of)?; share(?: of)?; proportions?(?: of)?; "
        r"percentage(?: of)?; how many; rich(?: in)?; dominated(?: by)?; dominant; common; full of"
    ),
    "COMPOSED=mostly": (
        r"mostly(?: of)?; mainly(?: of)?; predominantly(?: of)?; primarily(?: of)?; largely(?: of)?; "
        r"(?:the )?majority(?: of)?; chiefly; dominated(?: by)?; most of"
    ),
    "COMPOSED=partly": r"partly(?: of)?; partially(?: of)?; in part",
    "COMPOSED=hardly": (
        r"hardly(?: any)?; barely(?: any)?; (?:very )?few; scarcely(?: any)?; almost no; nearly no; next to no"
    ),
    "DESCRIBE": (
        r"(?:what|how) about; what (?:does|is) (?:the gene )?(?:<gene>|it|this gene) (?:do|doing|up to); "
        r"how (?:does|is|are|do) (?:the gene )?(?:<gene>|it|this gene) (?:behave|look|doing|expressed|"
        r"distributed); how <gene> is expressed; descri\w*; "
        r"tell (?:me |us )?(?:more |something |everything |all )?about; summari[sz]\w*; summary(?: of)?; "
        r"overview(?: of)?; report(?: on)?; profile(?: of)?; (?:everything|more|something|all) about; "
        r"details?(?: (?:of|on|about))?; information(?: (?:on|about))?; know about; picture of; characteri[sz]e; "
        r"like$; (?:look|looks) like; explain; what can you (?:tell me|say) about; say about"
    ),
    "IN": r"in; within; inside; among; of",
    "THAN": r"than(?: in)?; (?:relative|compared) (?:to|with)(?: in)?",
    "FROM": r"from; out of; outside(?: of)?; beyond; leav(?:e|es|ing); away from",
    "INTO": r"into; onto; to; towards?; over (?:in)?to; in",
    "NUMBER": (
        r"(?:(?:the )?(?:top|first|best|strongest) )?(?:\d+|two|three|four|five|six|ten|twenty|few); a few; several"
    ),
    "IF": r"if; suppos\w*; assum\w*; imagine; unless; hypothetical\w*; given that; provided that",
    "OTHERS": (
        r"(?:the )?(?:other|second|previous|last|next|different|former|latter) (?:gene|N:|one); "
        r"another (?:gene|one); "
        r"(?:(?:at|near|on|along|by) )?(?:the )?(?:outer )?(?:rim|edges?|borders?|periphery|margins?|boundary) "
        r"of the T:; "
        r"the (?:gene|N:) (?:that|which|with|next|near|around|beside|between|where|adjacent|surrounding|bordering|"
        r"touching|closest|nearest)"
    ),
    "WHY": r"why; what is up with; how come; what causes?; reason",
    "PLACE=top": (
        r"(?:the )?(?:very )?top(?: (?:half|part|side|end|edge|third))?(?: of the T:)?; "
        r"upper (?:half|part|side|end|edge|third|portion|region) of the T:"
    ),
    "PLACE=bottom": (
        r"(?:the )?(?:very )?bottom(?: (?:half|part|side|end|edge|third))?(?: of the T:)?; "
        r"lower (?:half|part|side|end|edge|third|portion|region) of the T:"
    ),
    "PLACE=left": r"(?:the |far )?left(?: hand)?(?: (?:part|half|side|end|edge|third|portion))?(?: of the T:)?",
    "PLACE=right": r"(?:the |far )?right(?: hand)?(?: (?:part|half|side|end|edge|third|portion))?(?: of the T:)?",
    "PLACE=centre": (
        r"(?:the )?(?:centre|center|middle)(?: part)?(?: of the T:)?; central(?:ly)?(?: part of the T:| located)?; "
        r"T: (?:centre|center)"
    ),
    "PLACE=upper left": (
        r"(?:the )?(?:upper|top) ?left(?: hand)?(?: (?:corner|part|quadrant|side|area|region|end|ninth|third))?(?: "
        r"of the T:)?; "
        r"(?:the )?left (?:upper|top)(?: (?:corner|part|quadrant|side|area|region|end|ninth|third))?(?: of the T:)?"
    ),
    "PLACE=upper right": (
        r"(?:the )?(?:upper|top) ?right(?: hand)?(?: (?:corner|part|quadrant|side|area|region|end|ninth|"
        r"third))?(?: of the T:)?; "
        r"(?:the )?right (?:upper|top)(?: (?:corner|part|quadrant|side|area|region|end|ninth|third))?(?: of the "
        r"T:)?"
    ),
    "PLACE=lower left": (
        r"(?:the )?(?:lower|bottom) ?left(?: hand)?(?: (?:corner|part|quadrant|side|area|region|end|ninth|"
        r"third))?(?: of the T:)?; "
        r"(?:the )?left (?:lower|bottom)(?: (?:corner|part|quadrant|side|area|region|end|ninth|third))?(?: of the "
        r"T:)?"
    ),
    "PLACE=lower right": (
        r"(?:the )?(?:lower|bottom) ?right(?: hand)?(?: (?:corner|part|quadrant|side|area|region|end|ninth|"
        r"third))?(?: of the T:)?; "
        r"(?:the )?right (?:lower|bottom)(?: (?:corner|part|quadrant|side|area|region|end|ninth|third))?(?: of the "
        r"T:)?"
    ),
    "PLACE": (
        r"centred; centered; cent(?:re|er) of (?:<niche>|this N:|the N:)(?= lie| lies| locate| s|$); corner; "
        r"quadrant"
    ),
}
"""What a question may be about: topic → phrases."""
