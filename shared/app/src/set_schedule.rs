//! Scans with their schedules: what is changed in one is changed in the other.

use crate::Service;
use crate::error::{AppError, During};
use crate::repositories::{Scan, ScanDraft};

impl Service {
    /// [`App::create_scan`](crate::App::create_scan), and its schedule begins.
    pub async fn create_scan(&self, draft: &ScanDraft) -> Result<Scan, AppError> {
        let scan = self.app().create_scan(draft).await?;
        self.set_schedule(&scan).await?;
        Ok(scan)
    }

    /// [`App::edit_scan`](crate::App::edit_scan), and its schedule follows.
    pub async fn edit_scan(&self, id: &str, version: i64, draft: &ScanDraft) -> Result<Scan, AppError> {
        let scan = self.app().edit_scan(id, version, draft).await?;
        self.set_schedule(&scan).await?;
        Ok(scan)
    }

    /// [`App::pause_scan`](crate::App::pause_scan), and its schedule follows.
    pub async fn pause_scan(&self, id: &str, paused: bool) -> Result<Scan, AppError> {
        let scan = self.app().pause_scan(id, paused).await?;
        self.set_schedule(&scan).await?;
        Ok(scan)
    }

    /// [`App::deactivate_scan`](crate::App::deactivate_scan), and its schedule follows.
    pub async fn deactivate_scan(&self, id: &str, active: bool) -> Result<Scan, AppError> {
        let scan = self.app().deactivate_scan(id, active).await?;
        self.set_schedule(&scan).await?;
        Ok(scan)
    }

    /// [`App::clone_scan`](crate::App::clone_scan); its schedule is switched off.
    pub async fn clone_scan(&self, id: &str, name: Option<&str>) -> Result<Scan, AppError> {
        let scan = self.app().clone_scan(id, name).await?;
        self.set_schedule(&scan).await?;
        Ok(scan)
    }

    /// Tells the scheduler how a scan is to fire. A crash before it is mended by the next sweep.
    pub(crate) async fn set_schedule(&self, scan: &Scan) -> Result<(), AppError> {
        let told = match scan.schedule_entry() {
            Some(entry) => self.schedules().put(&entry).await,
            None => self.schedules().delete(&scan.id).await,
        };
        told.during(|| format!("schedule scan {}", scan.draft.name))
    }
}
