"""The demonstration's acceptance: pools of inspectors, plans, replies, a draw, a secret visit."""

import random
from collections import defaultdict

from accounts.models import Organisation, OrganisationKind
from evaluations.models import Inspector
from portal.demonstration.people import person_name

IN_A_POOL = 12
SEED = 1024  # of its own, so that nothing else of the story moves


def fill_pools(story) -> None:
    """Each authority's inspectors: half of its own office, half of the counties below it."""
    rng = random.Random(SEED)
    counties = defaultdict(list)
    for county in Organisation.objects.filter(kind=OrganisationKind.COUNTY).order_by("path"):
        counties[county.supervisor_id].append(county)
    people = []
    kinds = (OrganisationKind.PROVINCE, OrganisationKind.PREFECTURE)
    for authority in Organisation.objects.filter(kind__in=kinds).order_by("path"):
        names = {person_name(rng): None for _ in range(IN_A_POOL)}
        for number, name in enumerate(names):
            below = counties[authority.pk]
            unit = rng.choice(below) if below and number % 2 else authority
            people.append(Inspector(pool=authority, unit=unit, name=name))
    Inspector.objects.bulk_create(people, batch_size=500)
    for person in Inspector.objects.select_related("unit"):
        story.inspectors[person.pool_id].append(person)


def team_for(story, enrolment) -> list[str]:
    """Two or three inspectors of the authority, none from the inspected unit."""
    pool = story.inspectors[enrolment.acceptance_authority.pk]
    free = [person.name for person in pool if not person.belongs_to(enrolment)]
    return sorted(story.team_rng.sample(free, story.team_rng.choice((2, 3))))
