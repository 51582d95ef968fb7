"""Addresses of the standard: its versions, drafts and workbooks."""

from django.urls import path

from evaluations.views import standards

urlpatterns = [
    path("standard/", standards.standard, name="standard"),
    path("standards/", standards.standards_list, name="standards"),
    path("standards/copy/", standards.standard_copy, name="standard-copy"),
    path("standards/import/", standards.standard_import, name="standard-import"),
    path("standards/template/", standards.standard_template, name="standard-template"),
    path("standards/<int:pk>/", standards.standard_detail, name="standard-detail"),
    path(
        "standards/<int:pk>/differences/",
        standards.standard_differences,
        name="standard-differences",
    ),
    path("standards/<int:pk>/export/", standards.standard_export, name="standard-export"),
    path("standards/<int:pk>/freeze/", standards.standard_freeze, name="standard-freeze"),
    path("standards/<int:pk>/drop/", standards.standard_drop, name="standard-drop"),
    path("standards/<int:pk>/criteria/", standards.criterion_add, name="criterion-add"),
    path("standards/<int:pk>/areas/", standards.area_add, name="area-add"),
    path("criteria/<int:pk>/", standards.criterion_edit, name="criterion-edit"),
    path("criteria/<int:pk>/delete/", standards.criterion_delete, name="criterion-delete"),
    path("areas/<int:pk>/", standards.area_edit, name="area-edit"),
]
