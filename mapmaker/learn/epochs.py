"""A network and posters -> the network trained: epoch by epoch, watched and saved as it goes, the best one kept."""

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapmaker.errors import MissingExtra
from mapmaker.learn.checkpoint import Standing, write_checkpoint
from mapmaker.learn.dataset import Dataset
from mapmaker.learn.lesson import Lesson, prepare_lesson
from mapmaker.learn.network import Network
from mapmaker.learn.phases import Phase, phases_of
from mapmaker.learn.pixels import Pictures
from mapmaker.learn.recipe import Recipe
from mapmaker.learn.validation import COLLAPSED, Figures, classifier_figures, embedding_figures
from mapmaker.methods.extractors.back_end import import_keras
from mapmaker.plural import count_of
from mapmaker.progress import Progress

CHOOSES = {"triplet": "map_at_r", "proxy-anchor": "map_at_r", "sigmoid": "map", "softmax": "accuracy"}
"""The figure on val that chooses among epochs, by objective."""
SHORT = {"map_at_r": "MAP@R", "map": "mAP", "accuracy": "accuracy"}
BOARD = "tensorboard"


@dataclass(frozen=True, eq=False)
class Classroom:
    """What all epochs share: the network, the posters, where to write, whom to tell."""

    network: Network
    dataset: Dataset
    pictures: Pictures
    folder: Path
    progress: Progress
    board: Any = None

    @property
    def recipe(self) -> Recipe:
        """How the network is trained."""
        return self.network.recipe

    def trained(self, standing: Standing) -> Standing:
        """Go on from `standing` to the end; return how it stands then. ModelError for a loss that is no number."""
        if standing.weights:
            self.network.set_weights(standing.weights)
        phases = phases_of(self.recipe)
        while standing.phase < len(phases):
            phase = phases[standing.phase]
            first = sum(before.epochs for before in phases[: standing.phase])
            standing = self._taught(phase, first, standing, last=phase is phases[-1])
        return standing

    def _taught(self, phase: Phase, first: int, standing: Standing, last: bool) -> Standing:
        """Train for a phase, whose epochs count from `first`; return the standing at the start of the next."""
        index = standing.phase
        lesson = prepare_lesson(self.network, phase, self.dataset, self.pictures, self.folder, self.progress)
        if self.board is not None:
            self.board.set_model(lesson.pupil)  # whose optimizer tells the learning rate
        if standing.optimizer:
            lesson.restore_optimizer(standing.optimizer)
        self.progress.begin(phase.name)
        while standing.phase == index:
            if last and self._waits_in_vain(standing, first):
                self.progress.note(f"no better figure on val in {count_of(self.recipe.patience, 'epoch')}: ends here")
                standing = dataclasses.replace(standing, phase=index + 1, done=0, optimizer=())
                break
            rest = (phase.epochs - standing.done) * lesson.order.steps * lesson.order.size
            self.progress.expect(rest, "posters")
            standing = self._epoch(lesson, first + standing.done, standing)
            write_checkpoint(self.folder, standing)
        figure = CHOOSES[self.recipe.objective]
        told = standing.history[-1][figure]
        self.progress.end(phase.name, f"{count_of(phase.epochs, 'epoch')}, {SHORT[figure]} on val {told:.4f}")
        return standing

    def _waits_in_vain(self, standing: Standing, first: int) -> bool:
        """Return whether the phase that began with epoch `first` has gone `patience` epochs without a better one."""
        since = first + standing.done - 1 - max(standing.best_epoch, first - 1)
        return bool(self.recipe.patience) and since >= self.recipe.patience

    def _epoch(self, lesson: Lesson, epoch: int, standing: Standing) -> Standing:
        started = time.monotonic()
        loss = lesson.fit(epoch, self.progress)
        figures = self._figures(lesson, epoch)
        figure = figures[CHOOSES[self.recipe.objective]]
        told = {"epoch": epoch + 1, "phase": lesson.phase.name, "loss": loss, **figures}
        self._tell(epoch, told)
        better = figure > standing.best_figure
        weights = self.network.weights()
        ends = standing.done + 1 == lesson.phase.epochs
        return Standing(
            run=standing.run,
            phase=standing.phase + ends,
            done=0 if ends else standing.done + 1,
            history=[*standing.history, {**told, "seconds": round(time.monotonic() - started, 1)}],
            best_figure=figure if better else standing.best_figure,
            best_epoch=epoch if better else standing.best_epoch,
            weights=weights,
            best=weights if better else standing.best,
            optimizer=() if ends else lesson.optimizer_state(),
        )

    def _figures(self, lesson: Lesson, epoch: int) -> Figures:
        rows = self.dataset.rows("val")
        said, labels = lesson.say(rows, epoch), self.dataset.labels[rows]
        if not self.recipe.embeds:
            return classifier_figures(said, labels)
        figures = embedding_figures(said, labels)
        if silent := int((~said.any(axis=1)).sum()):
            self.progress.warn(
                f"the embedding of {count_of(silent, 'poster')} of val is nothing but zeros; "
                "give a lower --rate, or a longer --set warmup"
            )
        if figures["spread"] < COLLAPSED:
            self.progress.warn(
                f"the embedding collapses: posters are {figures['spread']:.3f} apart in the mean, of 0 to 2; "
                "give a lower --rate, or a longer --set warmup"
            )
        return figures

    def _tell(self, epoch: int, told: Mapping[str, Any]) -> None:
        figures = {name: value for name, value in told.items() if name not in ("epoch", "phase")}
        numbers = "  ".join(f"{SHORT.get(name, name)} {value:.4f}" for name, value in figures.items())
        self.progress.show([f"epoch {told['epoch']:>3}  {told['phase']:<14} {numbers}"])
        if self.board is not None:
            self.board.on_epoch_end(
                epoch, {name if name == "loss" else f"val_{name}": v for name, v in figures.items()}
            )


def make_board(folder: Path) -> Any:
    """Return Keras' writer of TensorBoard's logs. MissingExtra without TensorBoard."""
    keras = import_keras()
    try:
        import tensorboard  # noqa: F401 - that is what Keras' callback writes through
        import tensorflow  # noqa: F401
    except ImportError as error:
        raise MissingExtra("logs for TensorBoard", "tensorboard") from error
    return keras.callbacks.TensorBoard(folder / BOARD, write_graph=False)
