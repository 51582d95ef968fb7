"""The demonstration: Henan's real units of 2014 and a generated campaign, by a fixed seed."""
